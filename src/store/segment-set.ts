/**
 * The segments of a store as one index: the newest record of a key counts, and none whose object
 * was removed.
 */
import { Segment, compareKeys, mergeSegments } from './segment.js'
import type { BlockRecord, ObjectId } from './ports.js'
import { decodeRecord, KEY_BYTES } from './record.js'

export class SegmentSet {
  /** Newest first. */
  readonly segments: readonly Segment[]
  /** Number of records, those of removed objects and older ones of a key included. */
  readonly count: number
  readonly #removed: ReadonlySet<ObjectId>
  /** Position of the first record of each segment. */
  readonly #bases = new Map<Segment, number>()

  /** @param removed packs and whole files that are gone although records name them. */
  constructor(segments: readonly Segment[], removed: ReadonlySet<ObjectId>) {
    this.segments = segments
    this.#removed = removed
    let count = 0
    for (const segment of segments) {
      this.#bases.set(segment, count)
      count += segment.count
    }
    this.count = count
  }

  find(key: Uint8Array): BlockRecord | undefined {
    for (const segment of this.segments) {
      const index = segment.indexOf(key)
      if (index >= 0) return this.recordOf(segment, segment.offsetOf(index))
    }
    return undefined
  }

  /** Returns the position of a key's record, which `read` takes; −1 if it has none. */
  indexOf(key: Uint8Array): number {
    for (const segment of this.segments) {
      const index = segment.indexOf(key)
      if (index < 0) continue
      const isGone =
        this.#removed.size > 0 && this.recordOf(segment, segment.offsetOf(index)) === undefined
      return isGone ? -1 : this.#bases.get(segment)! + index
    }
    return -1
  }

  /** Returns the record at a position that `indexOf` or `position` gave. */
  read(position: number): BlockRecord {
    const { segment, at } = this.#placeOf(position)
    return decodeRecord(segment.view, at)
  }

  /** Returns the key at a position. */
  keyOf(position: number): Uint8Array {
    const { segment, at } = this.#placeOf(position)
    return segment.bytes.subarray(at, at + KEY_BYTES)
  }

  /** Compares the keys at two positions. */
  compare(a: number, b: number): number {
    const [one, other] = [this.#placeOf(a), this.#placeOf(b)]
    return compareKeys(one.segment.bytes, one.at, other.segment.bytes, other.at)
  }

  /** Visits each record that counts, in key order: at `bytes[at]`, the `index`-th of a segment. */
  forEach(visit: (bytes: Uint8Array, at: number, segment: Segment, index: number) => void): void {
    mergeSegments(this.segments, (bytes, at, segment, index) => {
      if (this.#removed.size > 0 && this.recordOf(segment, at) === undefined) return
      visit(bytes, at, segment, index)
    })
  }

  /** Returns the position of the i-th record of a segment; undefined if the segment is not in the set. */
  position(segment: Segment, i: number): number | undefined {
    const base = this.#bases.get(segment)
    return base === undefined ? undefined : base + i
  }

  #placeOf(position: number): { readonly segment: Segment; readonly at: number } {
    let segment = this.segments[0]!
    // The bases ascend, and there are few.
    for (const next of this.segments) {
      if (this.#bases.get(next)! > position) break
      segment = next
    }
    return { segment, at: segment.offsetOf(position - this.#bases.get(segment)!) }
  }

  /** Returns a record without the copy that was removed; undefined if its only bytes were. */
  recordOf(segment: Segment, at: number): BlockRecord | undefined {
    const record = decodeRecord(segment.view, at)
    if (this.#removed.size === 0) return record
    if (this.#removed.has(record.source)) return undefined
    return this.#removed.has(record.whole) ? { ...record, whole: 0 } : record
  }
}
