/** What the scrub has to hash, object by object, so that each can be put on record when it is done. */
import { existsSync } from 'node:fs'
import type { Turns } from '../core/turns.js'
import { currentRecords } from './current-records.js'
import type { ObjectId } from './ports.js'
import type { StoreReader } from './reader.js'
import type { Due } from './scrub-due.js'
import type { SegmentSet } from './segment-set.js'

/** Records that are sorted in one step, which takes some 20 ms. */
const SORTED_AT_ONCE = 1 << 15

/** The records that lead to one pack or whole file, by their positions in the index. */
export interface PlannedObject {
  readonly isFile: boolean
  readonly blocks: number[]
  /** Roots of files that it is a contiguous copy of. */
  readonly roots: number[]
}

/**
 * Returns the objects that are due, those that no record leads to among them, and the whole files
 * that records lead to and nobody knows of because they are gone.
 */
export async function scrubPlan(
  { index, layout }: StoreReader,
  { objects, known }: Pick<Due, 'objects' | 'known'>,
  turns: Turns
): Promise<Map<ObjectId, PlannedObject>> {
  const plan = new Map<ObjectId, PlannedObject>()
  const present = new Set<ObjectId>()
  const isWanted = (id: ObjectId, isFile: boolean): boolean => {
    if (id === 0 || plan.has(id)) return id !== 0
    if (!objects.has(id)) {
      if (!isFile || known.has(id) || present.has(id)) return false
      if (existsSync(layout.file(id))) {
        // It was published a moment ago.
        present.add(id)
        return false
      }
    }
    plan.set(id, { isFile, blocks: [], roots: [] })
    return true
  }
  const found = currentRecords(
    index,
    ({ source, inFile, whole }) => [isWanted(source, inFile), isWanted(whole, true)].includes(true),
    turns
  )
  for await (const { record, position } of found) {
    plan.get(record.source)?.blocks.push(position)
    if (record.whole !== 0) plan.get(record.whole)?.roots.push(position)
  }
  for (const id of objects)
    if (!plan.has(id)) plan.set(id, { isFile: existsSync(layout.file(id)), blocks: [], roots: [] })
  return plan
}

/**
 * Yields the records of one object in the order of their places, so that it is read sequentially: all
 * at once, or a pack of very many blocks in several rounds, since sorting lets nobody else run.
 */
export function* inOffsetOrder(
  index: SegmentSet,
  positions: readonly number[]
): Generator<number, void, undefined> {
  for (let at = 0; at < positions.length; at += SORTED_AT_ONCE) {
    const placed = positions
      .slice(at, at + SORTED_AT_ONCE)
      .map((position) => ({ position, offset: index.read(position).offset }))
    placed.sort((a, b) => a.offset - b.offset)
    for (const { position } of placed) yield position
  }
}
