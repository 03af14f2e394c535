/**
 * Index segments: immutable files of records sorted by key, behind a fan-out table that narrows a
 * lookup to about eight candidates, so that it touches two pages. Layout in FORMAT.md.
 */
import { closeSync, fsyncSync, openSync, rmSync } from 'node:fs'
import { isKitError, KitError } from '../core/errors.js'
import { writeFully } from '../core/fs-durable.js'
import { mapFile, type MappedFile } from '../core/native.js'
import { decodeRecord, KEY_BYTES, RECORD_BYTES } from './record.js'

const MAGIC = 0x32584b49 // "IKX2"
const HEADER = 64
/** Records per bucket of the fan-out table: 736 bytes, so that a bucket spans two pages at most. */
const PER_BUCKET = 8
/** Records written to the file at a time. */
const BUFFERED = 4096
/** Records checked in one step. */
const VERIFIED_AT_ONCE = 4096

const fanOutBits = (count: number): number =>
  Math.min(20, Math.max(0, Math.ceil(Math.log2(Math.max(1, count / PER_BUCKET)))))

const bucketOf = (bytes: Uint8Array, at: number, bits: number): number =>
  bits === 0 ? 0 : keyHead(bytes, at) >>> (32 - bits)

const keyHead = (bytes: Uint8Array, at: number): number =>
  ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0

/** Compares the keys at `a[at…]` and `b[bt…]` bytewise. */
export function compareKeys(a: Uint8Array, at: number, b: Uint8Array, bt: number): number {
  for (let i = 0; i < KEY_BYTES; i++) {
    const d = a[at + i]! - b[bt + i]!
    if (d !== 0) return d
  }
  return 0
}

/**
 * Writes and syncs a segment; a failure leaves no file.
 * @param expected upper bound of the number of records; it sizes the fan-out table.
 * @param fill pushes the records in key order.
 * @returns the number of records.
 */
export function writeSegment(
  path: string,
  expected: number,
  fill: (writer: SegmentWriter) => void
): number {
  const writer = new SegmentWriter(path, expected)
  try {
    fill(writer)
    return writer.finish()
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  } finally {
    writer.close()
  }
}

/** The writer of a segment, which takes the records in key order. */
export class SegmentWriter {
  readonly #fd: number
  readonly #bits: number
  readonly #fanOut: Uint32Array
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFERED * RECORD_BYTES)
  #buffered = 0
  #count = 0

  constructor(path: string, expected: number) {
    this.#bits = fanOutBits(expected)
    this.#fanOut = new Uint32Array((1 << this.#bits) + 1)
    this.#fd = openSync(path, 'wx', 0o600)
    // Header and fan-out table are written last: without its magic number a torn file is no segment.
    writeFully(this.#fd, new Uint8Array(HEADER + this.#fanOut.byteLength))
  }

  /** Appends the record at `bytes[at…]`. */
  push(bytes: Uint8Array, at: number): void {
    this.#fanOut[bucketOf(bytes, at, this.#bits) + 1]!++
    this.#buffer.set(bytes.subarray(at, at + RECORD_BYTES), this.#buffered * RECORD_BYTES)
    this.#count++
    if (++this.#buffered === BUFFERED) this.#flush()
  }

  #flush(): void {
    writeFully(this.#fd, this.#buffer.subarray(0, this.#buffered * RECORD_BYTES))
    this.#buffered = 0
  }

  /** Writes header and fan-out table and syncs the file. @returns the number of records. */
  finish(): number {
    this.#flush()
    for (let i = 1; i < this.#fanOut.length; i++) this.#fanOut[i]! += this.#fanOut[i - 1]!
    const header = Buffer.alloc(HEADER)
    header.writeUInt32LE(MAGIC, 0)
    header.writeUInt32LE(this.#bits, 4)
    header.writeUInt32LE(this.#count, 8)
    writeFully(this.#fd, header, 0)
    writeFully(this.#fd, new Uint8Array(this.#fanOut.buffer), HEADER)
    fsyncSync(this.#fd)
    return this.#count
  }

  close(): void {
    closeSync(this.#fd)
  }
}

const damagedSegment = (path: string): KitError =>
  new KitError(
    'CORRUPT_FORMAT',
    `index segment ${path} is damaged; rebuild the index with \`ipfs-kit fsck --repair\``
  )

/** A segment mapped into memory. */
export class Segment {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly count: number
  readonly #bits: number
  readonly #records: number
  readonly #map: MappedFile

  private constructor(map: MappedFile, bits: number, count: number) {
    this.#map = map
    this.bytes = map.bytes
    this.view = new DataView(map.bytes.buffer, map.bytes.byteOffset, map.bytes.byteLength)
    this.#bits = bits
    this.count = count
    this.#records = HEADER + ((1 << bits) + 1) * 4
  }

  /** Maps a segment. @throws CORRUPT_FORMAT if the file is no segment or is truncated. */
  static open(path: string): Segment {
    const map = mapFile(path)
    const { bytes } = map
    const damaged = (): KitError => {
      map.close()
      return damagedSegment(path)
    }
    if (bytes.length < HEADER) throw damaged()
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const bits = view.getUint32(4, true)
    const count = view.getUint32(8, true)
    const expected = HEADER + (2 ** bits + 1) * 4 + count * RECORD_BYTES
    if (view.getUint32(0, true) !== MAGIC || bits > 20 || bytes.length !== expected) throw damaged()
    return new Segment(map, bits, count)
  }

  /**
   * Checks every record, their order, and the fan-out table: a changed one would hide blocks that
   * are stored.
   * @throws CORRUPT_FORMAT, and then closes it.
   */
  verify(path: string): void {
    const steps = this.verifying(path)
    try {
      while (steps.next().done !== true) continue
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** Checks as `verify` does, in steps of a few milliseconds, and leaves it open. @throws CORRUPT_FORMAT. */
  *verifying(path: string): Generator<void, void, undefined> {
    const fanOut = new Uint32Array((1 << this.#bits) + 1)
    try {
      for (let i = 0; i < this.count; i++) {
        if (i % VERIFIED_AT_ONCE === 0) yield
        const at = this.offsetOf(i)
        decodeRecord(this.view, at)
        fanOut[bucketOf(this.bytes, at, this.#bits) + 1]!++
        if (i > 0 && compareKeys(this.bytes, this.offsetOf(i - 1), this.bytes, at) >= 0)
          throw damagedSegment(path)
      }
      for (let b = 0; b < fanOut.length; b++) {
        if (b > 0) fanOut[b]! += fanOut[b - 1]!
        if (this.view.getUint32(HEADER + b * 4, true) !== fanOut[b]) throw damagedSegment(path)
      }
    } catch (error) {
      throw isKitError(error) ? damagedSegment(path) : error
    }
  }

  /** Returns the offset in `bytes` of the i-th record in key order. */
  offsetOf(i: number): number {
    return this.#records + i * RECORD_BYTES
  }

  /** Returns the position of a key's record in key order, −1 if it has none. */
  indexOf(key: Uint8Array): number {
    const bucket = bucketOf(key, 0, this.#bits)
    let low = this.view.getUint32(HEADER + bucket * 4, true)
    let high = this.view.getUint32(HEADER + bucket * 4 + 4, true)
    while (low < high) {
      const middle = (low + high) >>> 1
      const order = compareKeys(this.bytes, this.offsetOf(middle), key, 0)
      if (order === 0) return middle
      if (order < 0) low = middle + 1
      else high = middle
    }
    return -1
  }

  close(): void {
    this.#map.close()
  }
}

/**
 * Visits every key of several segments once, in key order, with the record of the first segment
 * in the list that has it (the newest, if the list is newest first). The next key is found by a
 * linear search, because there are few segments.
 */
export function mergeSegments(
  segments: readonly Segment[],
  visit: (bytes: Uint8Array, at: number, segment: Segment, index: number) => void
): void {
  const next = segments.map(() => 0)
  for (;;) {
    let best = -1
    for (let s = 0; s < segments.length; s++) {
      const segment = segments[s]!
      if (next[s]! >= segment.count) continue
      if (best === -1) best = s
      else {
        const leader = segments[best]!
        const order = compareKeys(
          segment.bytes,
          segment.offsetOf(next[s]!),
          leader.bytes,
          leader.offsetOf(next[best]!)
        )
        if (order < 0) best = s
      }
    }
    if (best === -1) return
    const winner = segments[best]!
    const at = winner.offsetOf(next[best]!)
    visit(winner.bytes, at, winner, next[best]!)
    for (let s = 0; s < segments.length; s++) {
      const segment = segments[s]!
      if (next[s]! >= segment.count) continue
      if (compareKeys(segment.bytes, segment.offsetOf(next[s]!), winner.bytes, at) === 0) next[s]!++
    }
  }
}
