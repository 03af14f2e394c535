/**
 * The table of a backend's mappings, sorted by CID, for lookups and pages without decoding Parquet.
 * It is derived from the pair of Parquet and CAR, whose sizes and times it holds. Layout in FORMAT.md.
 */
import { closeSync, fsyncSync, openSync } from 'node:fs'
import { ifPresent, openOwn, writeFully } from '../core/fs-durable.js'
import { mapFile, type MappedFile } from '../core/native.js'
import { lowerBound } from './lower-bound.js'
import { RowView } from './row-codec.js'
import { Windows } from './windows.js'

const MAGIC = 0x31504b49 // "IKP1"
const HEADER = 64
/** Rows after which the pages of a table are let go of; the page cache keeps them. */
const ROWS_IN_MEMORY = 8192
/** Bytes written at a time. */
const BUFFER = 1 << 20

const NOTHING = new Uint8Array(0)

const double = new Float64Array(1)
const doubleBytes = new Uint8Array(double.buffer)

/** Reads a number from bytes that are aligned in no way. */
function doubleAt(bytes: Uint8Array, at: number): number {
  for (let i = 0; i < 8; i++) doubleBytes[i] = bytes[at + i]!
  return double[0]!
}

/** What identifies a file of the pair: enough to notice that somebody else replaced it. */
export interface FileMark {
  readonly size: number
  /** Milliseconds of its modification time. */
  readonly mtime: number
}

export interface TableMarks {
  /** The last entry of the log that the pair holds. */
  readonly lsn: number
  readonly parquet: FileMark
  readonly car: FileMark
}

/** A table that is open. Its memory must not be touched after close(). */
export class Table {
  readonly count: number
  readonly marks: TableMarks
  readonly #map: MappedFile
  readonly #windows: Windows
  readonly #isOurs: boolean
  readonly #offsets: number
  /** Rows that were read. */
  #read = 0

  private constructor(map: MappedFile) {
    this.#map = map
    this.#windows = new Windows(map)
    const header = Buffer.from(map.view(0, HEADER))
    const f64 = (at: number): number => header.readDoubleLE(at)
    this.#isOurs = header.readUInt32LE(0) === MAGIC
    this.count = f64(8)
    this.#offsets = f64(16)
    this.marks = {
      lsn: f64(24),
      parquet: { size: f64(32), mtime: f64(40) },
      car: { size: f64(48), mtime: f64(56) }
    }
  }

  /** Opens a table; undefined where there is none that is whole. */
  static open(path: string): Table | undefined {
    const map = ifPresent(() => mapFile(path))
    if (map === undefined) return undefined
    const table = map.size < HEADER ? undefined : new Table(map)
    if (table?.isWhole === true) return table
    map.close()
    return undefined
  }

  get isWhole(): boolean {
    return this.#isOurs && this.#offsets + this.count * 8 === this.#map.size
  }

  row(index: number, view = new RowView(NOTHING)): RowView {
    // Pages that were read count as memory of this process until it lets go of them.
    if (++this.#read % ROWS_IN_MEMORY === 0) this.#map.release()
    const at = this.#offsetOf(index)
    const { start, bytes } = this.#windows.holding(at, this.#offsetOf(index + 1))
    view.bytes = bytes
    return view.at(at - start)
  }

  /** Where a row begins, and the one before it ends. */
  #offsetOf(index: number): number {
    if (index === this.count) return this.#offsets
    const at = this.#offsets + index * 8
    const { start, bytes } = this.#windows.holding(at, at + 8)
    return doubleAt(bytes, at - start)
  }

  /** Returns the index of the first row whose CID is not before `cid`. */
  lowerBound(cid: Uint8Array): number {
    const view = new RowView(NOTHING)
    return lowerBound(this.count, (index) => this.row(index, view).cid, cid)
  }

  find(cid: Uint8Array): RowView | undefined {
    const index = this.lowerBound(cid)
    if (index === this.count) return undefined
    const row = this.row(index)
    return Buffer.compare(row.cid, cid) === 0 ? row : undefined
  }

  close(): void {
    this.#map.close()
  }
}

/** Writes a table from rows that come sorted by CID. */
export class TableWriter {
  readonly #fd: number
  #isClosed = false
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER)
  #offsets = new Float64Array(1024)
  #buffered = 0
  #position = HEADER
  count = 0

  constructor(path: string) {
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

  /** Writes offsets and header, syncs the file and closes it. */
  finish({ lsn, parquet, car }: TableMarks): void {
    this.#flush()
    const offsets = this.#offsets.subarray(0, this.count)
    writeFully(this.#fd, new Uint8Array(offsets.buffer, 0, offsets.byteLength))
    const header = Buffer.alloc(HEADER)
    header.writeUInt32LE(MAGIC, 0)
    const numbers = [
      this.count,
      this.#position,
      lsn,
      parquet.size,
      parquet.mtime,
      car.size,
      car.mtime
    ]
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

/** Opens a file only to sync it. */
export function syncFile(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
