/**
 * A file of rows sorted by their keys, mapped for lookups and pages without decoding anything. A row
 * begins with its key, behind the key's length as u32. Little endian; a header of 64 bytes: magic (u32),
 * 4 bytes of nothing, then as f64 the number of rows, the offset of the offsets, and up to five numbers
 * of the owner's own (marks). Rows follow, then the offset of each as f64.
 */
import { closeSync, fsyncSync } from 'node:fs'
import { ifPresent, openOwn, writeFully } from './fs-durable.js'
import { lowerBound } from './lower-bound.js'
import { mapFile, type MappedFile } from './native.js'
import { Windows, type Window } from './windows.js'

const HEADER = 64
export const MARKS = 5
const FIRST_MARK = 24
/** Rows after which the pages of a table are let go of; the page cache keeps them. */
const ROWS_IN_MEMORY = 8192
/** The same of their offsets, of which each page is that of hundreds of rows. */
const OFFSETS_IN_MEMORY = 16 * ROWS_IN_MEMORY
/** Rows whose keys stay in memory once they were read, in equal steps, so that a search of millions begins among few pages. */
const FENCES = 2048
/** Bytes written at a time. */
const BUFFER = 1 << 20

const double = new Float64Array(1)
const doubleBytes = new Uint8Array(double.buffer)

/** Reads a number from bytes that are aligned in no way. */
function doubleAt(bytes: Uint8Array, at: number): number {
  for (let i = 0; i < 8; i++) doubleBytes[i] = bytes[at + i]!
  return double[0]!
}

/** A table that is open. Its memory must not be touched after close(), but by those that hold it. */
export class SortedTable {
  readonly count: number
  readonly marks: readonly number[]
  readonly #map: MappedFile
  readonly #windows: Windows
  readonly #magic: number
  readonly #offsets: number
  /** Rows from one fence to the next. */
  readonly #step: number
  readonly #fences = new Map<number, Uint8Array>()
  /** Rows that were read. */
  #read = 0
  #holders = 0
  #isClosed = false

  private constructor(map: MappedFile) {
    this.#map = map
    this.#windows = new Windows(map)
    const header = Buffer.from(map.view(0, HEADER))
    const f64 = (at: number): number => header.readDoubleLE(at)
    this.#magic = header.readUInt32LE(0)
    this.count = f64(8)
    this.#step = Math.max(1, Math.ceil(this.count / FENCES))
    this.#offsets = f64(16)
    this.marks = Array.from({ length: MARKS }, (_, i) => f64(FIRST_MARK + 8 * i))
  }

  /** Opens a table; undefined where there is none that is whole. */
  static open(path: string, magic: number): SortedTable | undefined {
    const map = ifPresent(() => mapFile(path))
    if (map === undefined) return undefined
    const table = map.size < HEADER ? undefined : new SortedTable(map)
    if (table?.isWhole(magic) === true) return table
    map.close()
    return undefined
  }

  isWhole(magic: number): boolean {
    return this.#magic === magic && this.#offsets + this.count * 8 === this.#map.size
  }

  /** Returns a part of the file that has a row, and where the row begins in the file. */
  locate(index: number): Window & { readonly at: number } {
    // Pages that were read count as memory of this process until it lets go of them.
    if (++this.#read % ROWS_IN_MEMORY === 0)
      this.#map.release(this.#read % OFFSETS_IN_MEMORY === 0 ? this.#map.size : this.#offsets)
    const at = this.#offsetOf(index)
    const { start, bytes } = this.#windows.holding(at, this.#offsetOf(index + 1))
    return { start, bytes, at }
  }

  /** Where a row begins, and the one before it ends. */
  #offsetOf(index: number): number {
    if (index === this.count) return this.#offsets
    const at = this.#offsets + index * 8
    const { start, bytes } = this.#windows.holding(at, at + 8)
    return doubleAt(bytes, at - start)
  }

  /** Returns a row's bytes, its key included, over the table's own memory. */
  row(index: number): Uint8Array {
    const { start, bytes, at } = this.locate(index)
    return bytes.subarray(at - start, this.#offsetOf(index + 1) - start)
  }

  key(index: number): Uint8Array {
    const { start, bytes, at } = this.locate(index)
    return keyAt(bytes, at - start)
  }

  /** Returns the index of the first row whose key is not before `key`. */
  lowerBound(key: Uint8Array): number {
    const step = this.#step
    const at = (i: number): Uint8Array => (i % step === 0 ? this.#fence(i) : this.key(i))
    return lowerBound(this.count, at, key, step)
  }

  #fence(index: number): Uint8Array {
    let key = this.#fences.get(index)
    if (key === undefined) {
      key = Uint8Array.from(this.key(index))
      this.#fences.set(index, key)
    }
    return key
  }

  /** Returns the index of the row of a key; -1 where there is none. */
  find(key: Uint8Array): number {
    const index = this.lowerBound(key)
    return index < this.count && Buffer.compare(this.key(index), key) === 0 ? index : -1
  }

  /** Keeps the memory until `release`, even if the table is closed meanwhile. */
  hold(): void {
    this.#holders++
  }

  release(): void {
    this.#holders--
    this.#unmapIfUnused()
  }

  close(): void {
    this.#isClosed = true
    this.#unmapIfUnused()
  }

  #unmapIfUnused(): void {
    if (this.#isClosed && this.#holders === 0) this.#map.close()
  }
}

/** Returns the key of the row at an offset. */
export function keyAt(bytes: Uint8Array, offset: number): Uint8Array {
  const length =
    (bytes[offset]! |
      (bytes[offset + 1]! << 8) |
      (bytes[offset + 2]! << 16) |
      (bytes[offset + 3]! << 24)) >>>
    0
  return bytes.subarray(offset + 4, offset + 4 + length)
}

/**
 * Merges the rows of a table with changes, both sorted by key; a change takes the place of the row of its key.
 * Yields the index of a row, or `-1 - i` for the change `i`.
 */
export function* mergeOrder(
  table: SortedTable | undefined,
  keys: readonly Uint8Array[],
  from = 0
): Iterable<number> {
  let next = 0
  for (let i = from; i < (table?.count ?? 0); i++) {
    const key = table!.key(i)
    let order = 1
    for (; next < keys.length; next++) {
      order = Buffer.compare(keys[next]!, key)
      if (order >= 0) break
      yield -1 - next
    }
    if (next < keys.length && order === 0) yield -1 - next++
    else yield i
  }
  for (; next < keys.length; next++) yield -1 - next
}

/** Writes a table from rows that come sorted by key. */
export class SortedTableWriter {
  readonly #fd: number
  readonly #magic: number
  #isClosed = false
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER)
  #offsets = new Float64Array(1024)
  #buffered = 0
  #position = HEADER
  count = 0

  constructor(path: string, magic: number) {
    this.#magic = magic
    this.#fd = openOwn(path, 'replace')
    writeFully(this.#fd, new Uint8Array(HEADER))
  }

  push(row: Uint8Array): void {
    if (this.count === this.#offsets.length) {
      const grown = new Float64Array(this.count * 2)
      grown.set(this.#offsets)
      this.#offsets = grown
    }
    this.#offsets[this.count++] = this.#position
    this.#position += row.length
    if (this.#buffered + row.length > BUFFER) this.#flush()
    if (row.length > BUFFER) writeFully(this.#fd, row)
    else {
      this.#buffer.set(row, this.#buffered)
      this.#buffered += row.length
    }
  }

  #flush(): void {
    writeFully(this.#fd, this.#buffer.subarray(0, this.#buffered))
    this.#buffered = 0
  }

  /** Writes offsets and header, syncs the file and closes it. @param marks up to five numbers. */
  finish(marks: readonly number[]): void {
    this.#flush()
    const offsets = this.#offsets.subarray(0, this.count)
    writeFully(this.#fd, new Uint8Array(offsets.buffer, 0, offsets.byteLength))
    const header = Buffer.alloc(HEADER)
    header.writeUInt32LE(this.#magic, 0)
    const numbers = [this.count, this.#position, ...marks]
    numbers.forEach((number, i) => header.writeDoubleLE(number, 8 + 8 * i))
    writeFully(this.#fd, header, 0)
    fsyncSync(this.#fd)
    this.abandon()
  }

  /** Closes the file, finished or not. */
  abandon(): void {
    if (!this.#isClosed) closeSync(this.#fd)
    this.#isClosed = true
  }
}
