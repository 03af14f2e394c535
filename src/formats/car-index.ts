/**
 * CARv2 indexes: digest → offset of its section in the payload. An index is only a hint, whose
 * users verify each block by its hash.
 * Source: https://ipld.io/specs/transport/car/carv2/#index-format
 */
import { bufferOf } from '../core/bytes.js'
import { KitError } from '../core/errors.js'
import { readVarint, varint } from '../core/varint.js'

export const INDEX_SORTED = 0x0400
export const MULTIHASH_INDEX_SORTED = 0x0401

/** Maximum number of buckets, each for one hash function and digest length; lookups search all. */
const MAX_BUCKETS = 256

/**
 * Records of one digest length (and, in 0x0401, one hash code), sorted by digest. A record is the
 * digest and an offset of 8 bytes.
 */
interface Bucket {
  readonly hashCode: number | undefined
  readonly width: number
  readonly records: Uint8Array
}

/** A parsed index. */
export class CarIndex {
  readonly #buckets: readonly Bucket[]
  readonly count: number

  private constructor(buckets: readonly Bucket[]) {
    this.#buckets = buckets
    this.count = buckets.reduce((sum, { records, width }) => sum + records.length / width, 0)
  }

  /** Parses an index. @throws CORRUPT_FORMAT if it is damaged, UNSUPPORTED for another kind. */
  static parse(bytes: Uint8Array): CarIndex {
    const codec = readVarint(bytes, 0)
    const at = varint.next
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const buckets: Bucket[] = []
    if (codec === INDEX_SORTED) readBuckets(bytes, view, at, undefined, buckets)
    else if (codec === MULTIHASH_INDEX_SORTED) readCodes(bytes, view, at, buckets)
    else throw new KitError('UNSUPPORTED', `CAR index of kind 0x${codec.toString(16)}`)
    return new CarIndex(buckets)
  }

  /** Returns whether the index has a digest at this offset, only at others, or not at all. */
  lookUp(hashCode: number, digest: Uint8Array, offset: number): 'here' | 'elsewhere' | 'absent' {
    const offsets = this.offsets(hashCode, digest)
    if (offsets.includes(offset)) return 'here'
    return offsets.length > 0 ? 'elsewhere' : 'absent'
  }

  /** Returns the offsets under which the index has a digest. */
  offsets(hashCode: number, digest: Uint8Array): number[] {
    return this.#buckets.flatMap((bucket) => {
      if (bucket.width !== digest.length + 8) return []
      if (bucket.hashCode !== undefined && bucket.hashCode !== hashCode) return []
      return offsetsIn(bucket, digest)
    })
  }

  /**
   * Returns the offsets of all records, ascending.
   * @throws CORRUPT_FORMAT where the records are not sorted, so that lookups would miss some.
   */
  sortedOffsets(): Float64Array {
    const offsets = new Float64Array(this.count)
    let at = 0
    for (const { records, width } of this.#buckets) {
      const view = new DataView(records.buffer, records.byteOffset, records.byteLength)
      const bytes = bufferOf(records)
      for (let i = 0; i < records.length; i += width) {
        const digest = i + width - 8
        if (i > 0 && bytes.compare(bytes, i - width, i - 8, i, digest) < 0)
          throw new KitError('CORRUPT_FORMAT', 'CAR index is not sorted')
        offsets[at++] = view.getUint32(digest, true) + 2 ** 32 * view.getUint32(digest + 4, true)
      }
    }
    return offsets.sort()
  }
}

const cut = (at: number): KitError =>
  new KitError('CORRUPT_FORMAT', `CAR index is damaged at its byte ${at}`)

/** Reads the buckets of each hash function of a MultihashIndexSorted. */
function readCodes(bytes: Uint8Array, view: DataView, at: number, into: Bucket[]): void {
  if (at + 4 > bytes.length) throw cut(at)
  const codes = view.getUint32(at, true)
  at += 4
  for (let i = 0; i < codes; i++) {
    if (at + 8 > bytes.length) throw cut(at)
    at = readBuckets(bytes, view, at + 8, Number(view.getBigUint64(at, true)), into)
  }
}

/** Reads the buckets at `at`. @returns the offset after them. @throws CORRUPT_FORMAT, TOO_LARGE. */
function readBuckets(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  hashCode: number | undefined,
  into: Bucket[]
): number {
  if (at + 4 > bytes.length) throw cut(at)
  const count = view.getUint32(at, true)
  at += 4
  for (let i = 0; i < count; i++) {
    if (at + 12 > bytes.length) throw cut(at)
    const width = view.getUint32(at, true)
    const length = Number(view.getBigUint64(at + 4, true))
    at += 12
    if (width < 9 || length % width !== 0 || at + length > bytes.length) throw cut(at)
    if (into.length === MAX_BUCKETS)
      throw new KitError('TOO_LARGE', `CAR index has more than ${MAX_BUCKETS} buckets`)
    into.push({ hashCode, width, records: bytes.subarray(at, at + length) })
    at += length
  }
  return at
}

/** Returns the offsets of all records of a digest, since an archive may repeat a block. */
function offsetsIn({ records, width }: Bucket, digest: Uint8Array): number[] {
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength)
  const count = records.length / width
  const compareAt = (i: number): number =>
    Buffer.compare(records.subarray(i * width, i * width + digest.length), digest)
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareAt(middle) < 0) low = middle + 1
    else high = middle
  }
  const offsets: number[] = []
  for (; low < count && compareAt(low) === 0; low++)
    offsets.push(Number(view.getBigUint64(low * width + digest.length, true)))
  return offsets
}
