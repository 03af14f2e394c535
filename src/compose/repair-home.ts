/** Repairs a home whose store cannot be opened. */
import { lstatSync } from 'node:fs'
import { describeBlock } from '../formats/describe-block.js'
import { chunkTable, partCid } from '../formats/chunk-table.js'
import { Kind } from '../formats/block-kind.js'
import { DAG_PB } from '../core/cid.js'
import { isKitError, KitError } from '../core/errors.js'
import { ifPresent } from '../core/fs-durable.js'
import type { Run } from '../operations/run.js'
import type { Rebuilt } from '../operations/services.js'
import { lockHome, ownerPid } from '../service/home-lock.js'
import { StoreLayout } from '../store/layout.js'
import { readablePins, recoveredPins, replaceLog, setAside } from '../store/pins-repair.js'
import type { Pin } from '../store/pins.js'
import { StoreReader } from '../store/reader.js'
import { usingReserve } from '../store/reserve.js'
import { rebuildIndex as rebuild } from '../store/rebuild.js'

/**
 * Repairs what keeps the store from being opened: the manifest and the index, then the log of pins.
 * What is damaged is kept beside the new one.
 * @throws LOCKED while the home is owned.
 */
export function repairHome(home: string, { warn }: Pick<Run, 'warn'>): Rebuilt {
  const lock = lockHome(home)
  if (lock === undefined)
    throw new KitError(
      'LOCKED',
      `the home ${home} is in use by process ${ownerPid(home) ?? '?'}; unmount it before its index is rebuilt`
    )
  try {
    const layout = new StoreLayout(home)
    // The log is replaced last: until then it is damaged, and the home is not opened.
    const readable = readablePins(layout)
    const rebuilt = canBeOpened(home) ? NOTHING : rebuildIndex(layout)
    if (readable !== undefined) pinRoots(layout, readable, warn)
    return rebuilt
  } finally {
    lock.release()
  }
}

const NOTHING: Rebuilt = { blocks: 0, files: 0, lost: [] }

function canBeOpened(home: string): boolean {
  try {
    new StoreReader(home).close()
    return true
  } catch (error) {
    if (isKitError(error, 'CORRUPT_FORMAT')) return false
    throw error
  }
}

function rebuildIndex(layout: StoreLayout): Rebuilt {
  if (ifPresent(() => lstatSync(layout.manifest))?.isFile() === false) setAside(layout.manifest)
  return rebuild(layout, {
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
}

/** Pins all that lines of the log may have kept which nobody can read. */
function pinRoots(
  layout: StoreLayout,
  readable: ReadonlyMap<string, Pin>,
  warn: Run['warn']
): void {
  const recovered = recoveredIn(layout, readable)
  const pins = new Map([...readable, ...recovered.map((pin) => [pin.cid, pin] as const)])
  const kept = usingReserve(layout, () => replaceLog(layout, pins)) ?? 'gone'
  warn(
    `the pin log was damaged (${kept}); ${recovered.length} roots are pinned as "recovered", so that gc removes nothing that was pinned: see \`ipfs-kit pin ls\``
  )
}

function recoveredIn({ home }: StoreLayout, known: ReadonlyMap<string, Pin>): Pin[] {
  const reader = new StoreReader(home)
  try {
    return recoveredPins(reader, known, new Date().toISOString())
  } finally {
    reader.close()
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
