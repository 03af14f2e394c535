/** The walk over the newest records of an index, in turns, for those who look for a few of them. */
import { copyOf } from '../core/bytes.js'
import { isKitError } from '../core/errors.js'
import type { Turns } from '../core/turns.js'
import type { BlockRecord } from './ports.js'
import { decodeRecord, KEY_BYTES } from './record.js'
import type { SegmentSet } from './segment-set.js'

export interface FoundRecord {
  readonly key: Uint8Array
  readonly record: BlockRecord
  /** Where the index reads it again. */
  readonly position: number
}

/**
 * Yields the records that count and are wanted, in no order. Damaged ones are left out: the check of
 * the segments tells of them.
 */
export async function* currentRecords(
  index: SegmentSet,
  isWanted: (record: BlockRecord) => boolean,
  turns: Turns
): AsyncGenerator<FoundRecord, void, undefined> {
  for (const segment of index.segments)
    for (let i = 0; i < segment.count; i++) {
      if (i % 64 === 0 && turns.isDue) await turns.take()
      const at = segment.offsetOf(i)
      const record = decoded(segment.view, at)
      if (record === undefined || !isWanted(record)) continue
      const key = copyOf(segment.bytes.subarray(at, at + KEY_BYTES))
      const position = index.position(segment, i)!
      if (index.indexOf(key) === position) yield { key, record, position }
    }
}

function decoded(view: DataView, at: number): BlockRecord | undefined {
  try {
    return decodeRecord(view, at)
  } catch (error) {
    if (isKitError(error)) return undefined
    throw error
  }
}
