/** Writes partitions anew from their tables and what was logged since. */
import { markOf, nextOf } from '../core/file-switch.js'
import { keyAt, mergeOrder, SortedTable, SortedTableWriter } from '../core/sorted-table.js'
import { IndexFiles, type PartitionPaths } from './index-files.js'
import { writeIndexParquet } from './parquet-writer.js'
import { TABLE_MAGIC } from './partition.js'
import type { IndexRecord } from './record.js'
import { decodeRecord, isRemoval } from './row-codec.js'
import { searchedTexts } from './searched-text.js'
import { WordIndexWriter } from './word-index-writer.js'

/** A partition and its changes, which become one partition or more. */
export interface CompactionGroup {
  /** The partition that is there; null for a new one. */
  readonly base: number | null
  /** Rows that changed, are new or were removed, sorted by CID, behind each other. */
  readonly changes: Uint8Array
  /** Rows of each partition that they become. */
  readonly rows: number
  /** Numbers of the partitions that they become; none where all rows were removed. */
  readonly outputs: readonly number[]
}

export interface CompactionTask {
  readonly folder: string
  readonly groups: readonly CompactionGroup[]
  /** The last entry of the log that the partitions hold then. */
  readonly lsn: number
}

/** Writes the files under their new names, which `switchOver` then makes the current ones. */
export async function compactPartitions({ folder, groups, lsn }: CompactionTask): Promise<void> {
  const files = new IndexFiles(folder)
  for (const group of groups) await writeGroup(files, group, lsn)
}

async function writeGroup(files: IndexFiles, group: CompactionGroup, lsn: number): Promise<void> {
  const { base, changes, rows, outputs } = group
  const table = base === null ? undefined : SortedTable.open(files.paths(base).table, TABLE_MAGIC)
  try {
    const merged = mergedRows(table, rowsOf(changes))[Symbol.iterator]()
    for (const number of outputs) {
      const isLast = number === outputs.at(-1)
      await writePartition(files.paths(number), taken(merged, isLast ? Infinity : rows), lsn)
    }
  } finally {
    table?.close()
  }
}

/** Takes rows without ending the iterator, which the next partition goes on with. */
function* taken(rows: Iterator<Uint8Array>, count: number): Iterable<Uint8Array> {
  for (let i = 0; i < count; i++) {
    const next = rows.next()
    if (next.done === true) return
    yield next.value
  }
}

function* mergedRows(
  table: SortedTable | undefined,
  changes: readonly Uint8Array[]
): Iterable<Uint8Array> {
  const keys = changes.map((row) => keyAt(row, 0))
  for (const index of mergeOrder(table, keys)) {
    const row = index >= 0 ? table!.row(index) : changes[-1 - index]!
    if (index >= 0 || !isRemoval(row)) yield row
  }
}

/** Cuts rows that lie behind each other. */
export function rowsOf(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const rows: Uint8Array[] = []
  for (let at = 0; at < bytes.length;) {
    const rest = at + 4 + view.getUint32(at, true)
    const end = rest + 4 + view.getUint32(rest, true)
    rows.push(bytes.subarray(at, end))
    at = end
  }
  return rows
}

async function writePartition(
  paths: PartitionPaths,
  rows: Iterable<Uint8Array>,
  lsn: number
): Promise<void> {
  const table = new SortedTableWriter(nextOf(paths.table), TABLE_MAGIC)
  const words = new WordIndexWriter(nextOf(paths.words))
  try {
    await writeIndexParquet(nextOf(paths.parquet), tapped(rows, table, words))
    words.finish()
    const parquet = markOf(nextOf(paths.parquet))!
    const written = markOf(nextOf(paths.words))!
    table.finish([lsn, parquet.size, parquet.mtime, written.size, written.mtime])
  } finally {
    table.abandon()
    words.abandon()
  }
}

function* tapped(
  rows: Iterable<Uint8Array>,
  table: SortedTableWriter,
  words: WordIndexWriter
): Iterable<IndexRecord> {
  for (const row of rows) {
    const record = decodeRecord(row)
    words.push([...searchedTexts(record), ''].join('\n'))
    table.push(row)
    yield record
  }
}
