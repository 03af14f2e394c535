/**
 * The scrub of the store: hashes every byte again and again, slowly, so that what rots silently, with
 * size and times as they were, is found before its last copy is gone. Files that somebody changed are
 * due at once, all others when they were hashed long ago.
 */
import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isKitError, systemCode } from '../core/errors.js'
import type { Turns } from '../core/turns.js'
import type { BlockStore } from './block-store.js'
import { parseId } from './layout.js'
import { ObjectCheck, type LeavesOf } from './object-check.js'
import { inPlaceOrder } from './place-order.js'
import type { BlockRecord, ObjectId } from './ports.js'
import type { StoreReader } from './reader.js'
import { isAsSealed, Seals, type Seal } from './seals.js'
import { Segment } from './segment.js'

/** A block, or the contiguous copy of a file, that is not what its CID says. */
export interface Fault {
  readonly key: Uint8Array
  readonly record: BlockRecord
  readonly isWhole: boolean
  readonly path: string
  readonly reason: string
}

/** What of the store has to be hashed. */
export interface Due {
  readonly objects: ReadonlySet<ObjectId>
  /** When the byte was hashed that waits longest, ms since 1970; undefined where that is unknown. */
  readonly hashedSince: number | undefined
}

/**
 * Finds the packs and whole files to hash.
 * @param before ms since 1970: those hashed earlier are due.
 * @param retryBefore the same for those known to be damaged.
 */
export async function findDue(
  { layout, reader }: BlockStore,
  before: number,
  retryBefore: number,
  turns: Turns
): Promise<Due> {
  const seals = new Seals(layout.seals)
  const objects = new Set<ObjectId>()
  let hashedSince: number | undefined = Infinity
  const look = async (id: ObjectId, path: string): Promise<void> => {
    if (turns.isDue) await turns.take()
    const seal = seals.find(id)
    if (isDue(seal, path, before, retryBefore)) objects.add(id)
    if (seal === undefined || seal.isDamaged || objects.has(id)) hashedSince = undefined
    else if (hashedSince !== undefined) hashedSince = Math.min(hashedSince, seal.verifiedAt)
  }
  try {
    for (const { id } of reader.manifest.packs) await look(id, layout.pack(id))
    for (const folder of namesIn(layout.files))
      for (const name of namesIn(join(layout.files, folder))) {
        const id = parseId(name)
        if (id !== undefined) await look(id, layout.file(id))
      }
  } finally {
    seals.close()
  }
  return { objects, hashedSince }
}

function isDue(seal: Seal | undefined, path: string, before: number, retryBefore: number): boolean {
  if (seal === undefined) return true
  if (seal.isDamaged) return seal.verifiedAt < retryBefore
  if (seal.verifiedAt < before) return true
  try {
    return !isAsSealed(seal, lstatSync(path))
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return true
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return []
  }
}

export interface ScrubOptions {
  readonly leavesOf: LeavesOf
  readonly turns: Turns
  /** Called with the bytes hashed since the last call; waits for as long as the rate asks for. */
  readonly pace: (bytes: number) => Promise<void>
  /** When it begins, ms since 1970. */
  readonly now: number
}

/** Hashes all that the index leads to in some objects, and puts on record which of them are sound. */
export async function scrub(
  store: BlockStore,
  reader: StoreReader,
  objects: ReadonlySet<ObjectId>,
  { leavesOf, turns, pace, now }: ScrubOptions
): Promise<Fault[]> {
  let unpaced = 0
  const onBytes = (bytes: number): void => void (unpaced += bytes)
  const check = new ObjectCheck(reader, { readData: true, leavesOf, onBytes, turns })
  const faults: Fault[] = []
  for (const { key, record } of inPlaceOrder(reader.index)) {
    const { source, inFile, whole } = record
    if (objects.has(source)) {
      const reason = check.blockFault(key, record)
      const path = inFile ? store.layout.file(source) : store.layout.pack(source)
      if (reason !== undefined) faults.push({ key, record, isWhole: false, path, reason })
    }
    if (whole !== 0 && objects.has(whole)) {
      const reason = await check.wholeFault(key, record)
      const path = store.layout.file(whole)
      if (reason !== undefined) faults.push({ key, record, isWhole: true, path, reason })
    }
    if (unpaced > 0) await pace(unpaced)
    unpaced = 0
    if (turns.isDue) await turns.take()
  }
  for (const { id, path, state, isSound } of check.objects.values()) {
    if (!objects.has(id) || state === undefined) continue
    if (isSound) store.seals.seal([{ id, path, state }], now)
    else store.seals.markDamaged({ id, path, state }, now)
  }
  return faults
}

/** Returns the paths of index segments that are damaged although they look as they were written. */
export function damagedSegments({ layout, reader }: BlockStore): string[] {
  return reader.manifest.segments.flatMap(({ id }) => {
    const path = layout.segment(id)
    try {
      const segment = Segment.open(path)
      segment.verify(path)
      segment.close()
      return []
    } catch (error) {
      // One that is gone was merged into another.
      if (systemCode(error) === 'ENOENT') return []
      if (!isKitError(error)) throw error
      return [path]
    }
  })
}
