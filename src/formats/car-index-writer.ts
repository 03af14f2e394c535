/**
 * Writes a CARv2 index of kind MultihashIndexSorted: digest → offset of its section in the payload.
 * Source: https://ipld.io/specs/transport/car/carv2/#format-0x0401-multihashindexsorted
 */
import { endianness } from 'node:os'
import type { Cid } from '../core/cid.js'
import { varintLength, writeVarint } from '../core/varint.js'
import { MULTIHASH_INDEX_SORTED } from './car-index.js'

const OFFSET_BYTES = 8
const FIRST_RECORDS = 64
/** The half of a 64-bit integer in memory that is the lower one. */
const LOW = endianness() === 'LE' ? 0 : 1

/** Records of one hash function and digest length, in the order of the sections. */
class Bucket {
  readonly hashCode: number
  readonly width: number
  count = 0
  #records: Buffer

  constructor(hashCode: number, digestLength: number) {
    this.hashCode = hashCode
    this.width = digestLength + OFFSET_BYTES
    this.#records = Buffer.allocUnsafe(FIRST_RECORDS * this.width)
  }

  add(digest: Uint8Array, offset: number): void {
    const at = this.count++ * this.width
    if (at === this.#records.length) this.#grow()
    this.#records.set(digest, at)
    this.#records.writeBigUInt64LE(BigInt(offset), at + digest.length)
  }

  #grow(): void {
    const grown = Buffer.allocUnsafe(2 * this.#records.length)
    grown.set(this.#records)
    this.#records = grown
  }

  record(i: number): Uint8Array {
    return this.#records.subarray(i * this.width, (i + 1) * this.width)
  }

  /** Writes the records by digest, those of one digest by offset. */
  writeSorted(target: Uint8Array, at: number): void {
    const order = this.#order()
    for (const i of order) {
      target.set(this.record(i), at)
      at += this.width
    }
  }

  /**
   * Sorts by the first bytes of the digests as integers, which takes no calls, and then what has
   * them in common. Records that are equal so far keep the order of the sections.
   */
  #order(): Uint32Array {
    const keys = new BigUint64Array(this.count)
    const halves = new Uint32Array(keys.buffer)
    for (let i = 0; i < this.count; i++) {
      halves[2 * i + LOW] = i
      halves[2 * i + 1 - LOW] = this.#prefix(i)
    }
    keys.sort()
    const order = new Uint32Array(this.count)
    for (let i = 0; i < this.count; i++) order[i] = halves[2 * i + LOW]!
    for (let from = 0, to = 1; from < this.count; from = to++) {
      while (to < this.count && this.#prefix(order[to]!) === this.#prefix(order[from]!)) to++
      if (to - from > 1) order.subarray(from, to).sort((a, b) => this.#compare(a, b) || a - b)
    }
    return order
  }

  /** A digest that is shorter is filled up with zeros: all of one bucket are of one length. */
  #prefix(i: number): number {
    const record = this.record(i)
    let prefix = 0
    for (let at = 0; at < 4; at++)
      prefix = prefix * 256 + (at < this.width - OFFSET_BYTES ? record[at]! : 0)
    return prefix
  }

  #compare(a: number, b: number): number {
    const length = this.width - OFFSET_BYTES
    return Buffer.compare(this.record(a).subarray(0, length), this.record(b).subarray(0, length))
  }
}

/** Collects the sections of an archive and encodes their index. Memory: 40 to 80 bytes for each. */
export class CarIndexWriter {
  readonly #buckets = new Map<string, Bucket>()

  /** @param offset of the section in the CARv1 payload. */
  add({ hashCode, digest }: Cid, offset: number): void {
    const key = `${hashCode}/${digest.length}`
    let bucket = this.#buckets.get(key)
    if (bucket === undefined) this.#buckets.set(key, (bucket = new Bucket(hashCode, digest.length)))
    bucket.add(digest, offset)
  }

  /** Length in bytes of the index so far. */
  get encodedLength(): number {
    let length = varintLength(MULTIHASH_INDEX_SORTED) + 4 + 12 * this.#byCode().length
    for (const { count, width } of this.#buckets.values()) length += 12 + count * width
    return length
  }

  encode(): Buffer {
    const codes = this.#byCode()
    const bytes = Buffer.allocUnsafeSlow(this.encodedLength)
    let at = writeVarint(bytes, 0, MULTIHASH_INDEX_SORTED)
    at = bytes.writeUInt32LE(codes.length, at)
    for (const [code, found] of codes) {
      at = bytes.writeBigUInt64LE(BigInt(code), at)
      at = bytes.writeUInt32LE(found.length, at)
      for (const bucket of found) {
        const length = bucket.count * bucket.width
        at = bytes.writeUInt32LE(bucket.width, at)
        at = bytes.writeBigUInt64LE(BigInt(length), at)
        bucket.writeSorted(bytes, at)
        at += length
      }
    }
    return bytes
  }

  /** The buckets by hash function, each by width. */
  #byCode(): [number, Bucket[]][] {
    const codes = new Map<number, Bucket[]>()
    for (const bucket of this.#buckets.values()) {
      const found = codes.get(bucket.hashCode)
      if (found === undefined) codes.set(bucket.hashCode, [bucket])
      else found.push(bucket)
    }
    for (const found of codes.values()) found.sort((a, b) => a.width - b.width)
    return [...codes].sort(([a], [b]) => a - b)
  }
}
