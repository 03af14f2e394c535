/**
 * A file of rows sorted by their keys, mapped for lookups and pages without decoding anything. A row
 * begins with its key, behind the key's length as u32. Little endian; a header of 64 bytes: magic (u32),
 * 4 bytes of nothing, then as f64 the number of rows, the offset of the offsets, and up to five numbers
 * of the owner's own (marks). Rows follow, then the offset of each as f64, then the slots by which a key is found
 * (key-slots.ts), which an older table lacks.
 */
import { closeSync, fsyncSync, openSync, readSync } from 'node:fs'
import { ifPresent, openOwn, writeFully } from './fs-durable.js'
import { firstSlot, hashOf, isInSlots, PROBED, slotBytes, slotsOf } from './key-slots.js'
import { lowerBound } from './lower-bound.js'
import { mapOpenFile, type MappedFile } from './native.js'
import { READ_FLAGS } from './read-file.js'
import { Windows, type Window } from './windows.js'

const HEADER = 64
export const MARKS = 5
const FIRST_MARK = 24
/** Rows after which the pages of a table are let go of; the page cache keeps them. */
const ROWS_IN_MEMORY = 8192
/** The same of offsets and slots, of which each page is that of hundreds of rows. */
const OFFSETS_IN_MEMORY = 16 * ROWS_IN_MEMORY
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
  readonly #fd: number
  readonly #map: MappedFile
  readonly #windows: Windows
  readonly #magic: number
  readonly #offsets: number
  /** Where the slots begin; 0 where there are none. */
  readonly #slots: number
  /** Rows that were looked at. */
  #looks = 0
  #holders = 0
  #isClosed = false
  #isUnmapped = false

  private constructor(fd: number, map: MappedFile) {
    this.#fd = fd
    this.#map = map
    this.#windows = new Windows(map)
    const header = Buffer.from(map.view(0, HEADER))
    const f64 = (at: number): number => header.readDoubleLE(at)
    this.#magic = header.readUInt32LE(0)
    this.count = f64(8)
    this.#offsets = f64(16)
    const end = this.#offsets + this.count * 8
    this.#slots = end < map.size ? end : 0
    this.marks = Array.from({ length: MARKS }, (_, i) => f64(FIRST_MARK + 8 * i))
  }

  /** Opens a table; undefined where there is none that is whole. */
  static open(path: string, magic: number): SortedTable | undefined {
    const fd = ifPresent(() => openSync(path, READ_FLAGS))
    if (fd === undefined) return undefined
    let table: SortedTable | undefined
    try {
      const map = mapOpenFile(fd)
      if (map.size >= HEADER) table = new SortedTable(fd, map)
      if (table?.isWhole(magic) === true) return table
      map.close()
    } catch (error) {
      closeSync(fd)
      throw error
    }
    closeSync(fd)
    return undefined
  }

  isWhole(magic: number): boolean {
    const slots = this.#slots === 0 ? 0 : slotBytes(this.count)
    const size = this.#offsets + this.count * 8 + slots
    return this.#magic === magic && size === this.#map.size
  }

  /** Returns a part of the file that has a row, and where the row begins in the file. */
  locate(index: number): Window & { readonly at: number } {
    this.#look()
    const at = this.#offsetOf(index)
    const { start, bytes } = this.#windows.holding(at, this.#offsetOf(index + 1))
    return { start, bytes, at }
  }

  /** Pages that were read count as memory of this process until it lets go of them. */
  #look(): void {
    if (++this.#looks % ROWS_IN_MEMORY === 0)
      this.#map.release(this.#looks % OFFSETS_IN_MEMORY === 0 ? this.#map.size : this.#offsets)
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
    return lowerBound(this.count, (index) => this.key(index), key)
  }

  /** Returns a copy of the row of a key, its key included. */
  get(key: Uint8Array): Uint8Array | undefined {
    let row: Uint8Array | undefined
    const isIt = (index: number): boolean =>
      Buffer.compare(keyAt((row = this.#read(index)), 0), key) === 0
    const isThere = this.#slots === 0 ? undefined : this.#isInSlots(key, isIt)
    if (isThere !== undefined) return isThere ? row : undefined
    const index = this.lowerBound(key)
    return index < this.count && isIt(index) ? row : undefined
  }

  /** Whether a row is the one of a key that the slots lead to; undefined where they do not tell. */
  #isInSlots(key: Uint8Array, isIt: (index: number) => boolean): boolean | undefined {
    const hash = hashOf(key)
    const from = this.#slots + firstSlot(hash, this.count)
    const { start, bytes } = this.#windows.holding(from, from + PROBED)
    return isInSlots(bytes.subarray(from - start, from - start + PROBED), hash, isIt)
  }

  /** Reads a row, rather than to map pages for it: a fault costs ten reads, and each such row lies elsewhere. */
  #read(index: number): Uint8Array {
    this.#look()
    const from = this.#offsetOf(index)
    const row = Buffer.allocUnsafe(this.#offsetOf(index + 1) - from)
    for (let at = 0; at < row.length;) {
      const n = readSync(this.#fd, row, at, row.length - at, from + at)
      if (n === 0) throw new RangeError(`row ${index} of a table is cut short`)
      at += n
    }
    return row
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
    if (!this.#isClosed || this.#holders > 0 || this.#isUnmapped) return
    this.#isUnmapped = true
    this.#map.close()
    closeSync(this.#fd)
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
  #hashes = new Uint32Array(1024)
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
      const offsets = new Float64Array(this.count * 2)
      const hashes = new Uint32Array(this.count * 2)
      offsets.set(this.#offsets)
      hashes.set(this.#hashes)
      this.#offsets = offsets
      this.#hashes = hashes
    }
    this.#hashes[this.count] = hashOf(keyAt(row, 0))
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

  /** Writes offsets, slots and header, syncs the file and closes it. @param marks up to five numbers. */
  finish(marks: readonly number[]): void {
    this.#flush()
    const offsets = this.#offsets.subarray(0, this.count)
    writeFully(this.#fd, new Uint8Array(offsets.buffer, 0, offsets.byteLength))
    writeFully(this.#fd, slotsOf(this.#hashes.subarray(0, this.count)))
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
