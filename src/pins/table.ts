/**
 * The table of a backend's mappings, sorted by CID, for lookups and pages without decoding Parquet.
 * It is derived from the pair of Parquet and CAR, whose sizes and times it holds. Layout in FORMAT.md.
 */
import type { FileMark } from '../core/file-switch.js'
import { SortedTable, SortedTableWriter } from '../core/sorted-table.js'
import { RowView } from './row-codec.js'

const MAGIC = 0x31504b49 // "IKP1"
const NOTHING = new Uint8Array(0)

export interface TableMarks {
  /** The last entry of the log that the pair holds. */
  readonly lsn: number
  readonly parquet: FileMark
  readonly car: FileMark
}

/** A table that is open. Its memory must not be touched after close(). */
export class Table {
  readonly sorted: SortedTable
  readonly marks: TableMarks

  private constructor(sorted: SortedTable) {
    this.sorted = sorted
    const [lsn, parquetSize, parquetTime, carSize, carTime] = sorted.marks
    this.marks = {
      lsn: lsn!,
      parquet: { size: parquetSize!, mtime: parquetTime! },
      car: { size: carSize!, mtime: carTime! }
    }
  }

  /** Opens a table; undefined where there is none that is whole. */
  static open(path: string): Table | undefined {
    const sorted = SortedTable.open(path, MAGIC)
    return sorted === undefined ? undefined : new Table(sorted)
  }

  get count(): number {
    return this.sorted.count
  }

  row(index: number, view = new RowView(NOTHING)): RowView {
    const { start, bytes, at } = this.sorted.locate(index)
    view.bytes = bytes
    return view.at(at - start)
  }

  /** Returns the index of the first row behind a CID. */
  after(cid: Uint8Array): number {
    const index = this.sorted.lowerBound(cid)
    const isThere = index < this.count && Buffer.compare(this.sorted.key(index), cid) === 0
    return isThere ? index + 1 : index
  }

  find(cid: Uint8Array): RowView | undefined {
    const row = this.sorted.get(cid)
    return row === undefined ? undefined : new RowView(row).at(0)
  }

  close(): void {
    this.sorted.close()
  }
}

/** Writes a table from rows that come sorted by CID. */
export class TableWriter {
  readonly #writer: SortedTableWriter

  constructor(path: string) {
    this.#writer = new SortedTableWriter(path, MAGIC)
  }

  push(row: Uint8Array): void {
    this.#writer.push(row)
  }

  /** Writes offsets and header, syncs the file and closes it. */
  finish({ lsn, parquet, car }: TableMarks): void {
    this.#writer.finish([lsn, parquet.size, parquet.mtime, car.size, car.mtime])
  }

  /** Closes the file, finished or not. */
  abandon(): void {
    this.#writer.abandon()
  }
}
