/**
 * The composition root of the commands: with those of the engine and its threads the only
 * file that knows concrete layers together.
 */
import type { Reading, Services } from './cli/context.js'
import { chunkTable, partCid } from './content/chunk-table.js'
import { Content, TABLE_MEMORY } from './content/content.js'
import { describeBlock } from './content/describe.js'
import { leavesOf, missingBelow, readableLinks } from './content/walk.js'
import { DAG_PB } from './core/cid.js'
import { isKitError, KitError } from './core/errors.js'
import { lockHome, ownerPid } from './daemon/home-lock.js'
import { LocalOwner, type DagPorts } from './daemon/local-owner.js'
import { own } from './daemon/own.js'
import { BlockStore, type StoreOptions } from './store/block-store.js'
import { StoreLayout } from './store/layout.js'
import { Kind } from './store/ports.js'
import { StoreReader } from './store/reader.js'
import { rebuildIndex } from './store/rebuild.js'

function openReading(home: string): Reading {
  const reader = new StoreReader(home)
  return { reader, content: new Content(reader, reader, { memory: TABLE_MEMORY }) }
}

function dagPorts({ content }: Reading): DagPorts {
  return {
    linksOf: readableLinks,
    missingBelow: (root) => missingBelow(root, content),
    leavesOf: (root) => leavesOf(root, content)
  }
}

/** Own a home whose lock we hold. */
export function ownStore(
  home: string,
  lock: { release(): void },
  options: StoreOptions,
  alone = false
): LocalOwner {
  const store = BlockStore.open(home, options)
  const content = new Content(store.reader, store.reader, { memory: TABLE_MEMORY })
  return new LocalOwner(store, lock, dagPorts({ reader: store.reader, content }), alone)
}

const openOwner: Services['openOwner'] = (home, warn, alone = false) =>
  own(home, alone, (lock) => ownStore(home, lock, { warn }, alone), warn)

function rebuild(home: string) {
  const lock = lockHome(home)
  if (lock === undefined)
    throw new KitError(
      'LOCKED',
      `the home ${home} is in use by process ${ownerPid(home) ?? '?'}; unmount it before its index is rebuilt`
    )
  try {
    return rebuildIndex(new StoreLayout(home), {
      describe: describeBlock,
      parts: (cid, block) => {
        if (cid.codec !== DAG_PB || describeBlock(cid.codec, block).kind !== Kind.FILE)
          return undefined
        const table = ifReadable(() => chunkTable(cid, block))
        if (table === undefined || table.ends.length === 0) return undefined
        return Array.from(table.ends, (end, i) => ({
          cid: partCid(table, i),
          size: end - (i === 0 ? table.inline.length : table.ends[i - 1]!)
        }))
      }
    })
  } finally {
    lock.release()
  }
}

function ifReadable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (isKitError(error)) return undefined
    throw error
  }
}

export const services: Services = { openReading, openOwner, rebuild }
