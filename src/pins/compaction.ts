/** Writes the pair of a backend anew from its table and what was logged since. */
import { markOf } from '../core/file-switch.js'
import { mergeOrder } from '../core/sorted-table.js'
import { Table, TableWriter } from './table.js'
import { MappingCarWriter } from './mapping-car.js'
import type { PairFiles } from './pair-files.js'
import { writeMappingParquet } from './parquet-writer.js'
import { RowView } from './row-codec.js'

/** A change since the table was written; `row` is null for a mapping that was removed. */
export interface Change {
  readonly cid: Uint8Array
  readonly row: Uint8Array | null
}

/**
 * Writes the three files under their new names, which `switchOver` then makes the current ones.
 * @param changes sorted by CID.
 * @param lsn the last entry of the log that they hold.
 */
export async function writePair(
  files: PairFiles,
  changes: readonly Change[],
  lsn: number,
  createdAt: string
): Promise<void> {
  const base = Table.open(files.table)
  try {
    await writeRows(files, merged(base, changes), lsn, createdAt)
  } finally {
    base?.close()
  }
}

/** As `writePair`, of rows sorted by CID, which are read once. */
export async function writeRows(
  files: PairFiles,
  rows: Iterable<RowView>,
  lsn: number,
  createdAt: string
): Promise<void> {
  const car = new MappingCarWriter(files.next(files.car), createdAt)
  const table = new TableWriter(files.next(files.table))
  try {
    await writeMappingParquet(files.next(files.parquet), tapped(rows, car, table))
    car.finish()
    table.finish({
      lsn,
      parquet: markOf(files.next(files.parquet))!,
      car: markOf(files.next(files.car))!
    })
  } catch (error) {
    car.abandon()
    table.abandon()
    files.dropNext()
    throw error
  }
}

function* tapped(
  rows: Iterable<RowView>,
  car: MappingCarWriter,
  table: TableWriter
): Iterable<RowView> {
  for (const row of rows) {
    car.push(row)
    table.push(row.bytes.subarray(row.ranges[0]! - 4, row.end))
    yield row
  }
}

/** Merges a table with changes, both sorted by CID; a change replaces the row of its CID. */
export function* merged(
  base: Table | undefined,
  changes: readonly Change[],
  from = 0
): Iterable<RowView> {
  const view = new RowView(new Uint8Array(0))
  const keys = changes.map(({ cid }) => cid)
  for (const index of mergeOrder(base?.sorted, keys, from)) {
    if (index >= 0) yield base!.row(index, view)
    else yield* changed(changes[-1 - index]!)
  }
}

function* changed({ row }: Change): Iterable<RowView> {
  if (row !== null) yield new RowView(row).at(0)
}
