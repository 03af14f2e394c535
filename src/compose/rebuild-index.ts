/** Builds the index of a home anew, from its packs and files. */
import { describeBlock } from '../formats/describe-block.js'
import { chunkTable, partCid } from '../formats/chunk-table.js'
import { Kind } from '../formats/block-kind.js'
import { DAG_PB } from '../core/cid.js'
import { isKitError, KitError } from '../core/errors.js'
import type { Rebuilt } from '../operations/services.js'
import { lockHome, ownerPid } from '../service/home-lock.js'
import { StoreLayout } from '../store/layout.js'
import { rebuildIndex as rebuild } from '../store/rebuild.js'

/** @throws LOCKED while the home is owned. */
export function rebuildIndex(home: string): Rebuilt {
  const lock = lockHome(home)
  if (lock === undefined)
    throw new KitError(
      'LOCKED',
      `the home ${home} is in use by process ${ownerPid(home) ?? '?'}; unmount it before its index is rebuilt`
    )
  try {
    return rebuild(new StoreLayout(home), {
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
