/** One partition of the index: rows sorted by CID that are mapped, and which of them have which words. */
import { isSameFile, markOf, type FileMark } from '../core/file-switch.js'
import { SortedTable } from '../core/sorted-table.js'
import type { PartitionPaths } from './index-files.js'
import { decodeRecord } from './row-codec.js'
import type { IndexRecord } from './record.js'
import { WordIndex } from './word-index.js'

export const TABLE_MAGIC = 0x32494b49 // "IKI2"
/** "IKI1": rows without the stamp of a node. Their Parquet file is read instead. */
const OLDER_MAGIC = 0x31494b49

/** Returns the last entry of the log that a table holds, be it current or not; 0 where there is none. */
export function lsnOf(path: string): number {
  const table = SortedTable.open(path, TABLE_MAGIC) ?? SortedTable.open(path, OLDER_MAGIC)
  const lsn = table?.marks[0] ?? 0
  table?.close()
  return lsn
}

export class Partition {
  readonly number: number
  readonly paths: PartitionPaths
  readonly table: SortedTable
  /** The key of its first row; every lookup asks for those of all partitions. */
  readonly firstKey: Uint8Array
  #words: WordIndex | undefined

  private constructor(number: number, paths: PartitionPaths, table: SortedTable) {
    this.number = number
    this.paths = paths
    this.table = table
    this.firstKey = Uint8Array.from(table.key(0))
  }

  /** Opens a partition; undefined where its table is not that of its Parquet file, or its word index an older one. */
  static open(number: number, paths: PartitionPaths): Partition | undefined {
    const table = SortedTable.open(paths.table, TABLE_MAGIC)
    if (table === undefined) return undefined
    const partition = table.count > 0 ? new Partition(number, paths, table) : undefined
    if (partition?.isCurrent === true && WordIndex.isReadable(paths.words)) return partition
    table.close()
    return undefined
  }

  /** What identifies the Parquet file that it was opened with. */
  get mark(): FileMark {
    const [, size, mtime] = this.table.marks
    return { size: size!, mtime: mtime! }
  }

  /** Whether the files are those that it was opened with. */
  get isCurrent(): boolean {
    const [, , , wordsSize, wordsTime] = this.table.marks
    return (
      isSameFile(markOf(this.paths.parquet), this.mark) &&
      isSameFile(markOf(this.paths.words), { size: wordsSize!, mtime: wordsTime! })
    )
  }

  /** The last entry of the log that it holds. */
  get lsn(): number {
    return this.table.marks[0]!
  }

  get count(): number {
    return this.table.count
  }

  record(row: number): IndexRecord {
    return this.decoded(row, decodeRecord)
  }

  /** Returns what of a row is wanted. */
  decoded<T>(row: number, decode: (bytes: Uint8Array, at: number) => T): T {
    const { start, bytes, at } = this.table.locate(row)
    return decode(bytes, at - start)
  }

  find(key: Uint8Array): IndexRecord | undefined {
    const row = this.table.get(key)
    return row === undefined ? undefined : decodeRecord(row)
  }

  get words(): WordIndex | undefined {
    return (this.#words ??= WordIndex.open(this.paths.words))
  }

  close(): void {
    this.#words?.close()
    this.#words = undefined
    this.table.close()
  }
}
