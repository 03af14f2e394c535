/**
 * The first look at Parquet files, before any page of them is decoded: a footer that claims more than
 * its file can hold would make a reader allocate it.
 */
import { statSync } from 'node:fs'
import type { DuckDBConnection } from '@duckdb/node-api'
import { KitError } from '../core/errors.js'
import type { TableSource } from './ports.js'
import { quoted } from './sandbox.js'

/** Claims below this are harmless, whatever the file. */
const HARMLESS_BYTES = 1 << 30
/**
 * How many bytes of a page one compressed byte can stand for at most. Snappy copies 64 bytes by 3,
 * DEFLATE 258 by 2 bits, LZ4 255 by one byte; a Zstandard block of 128 KiB takes 4 bytes.
 */
const MAX_RATIO = `CASE compression WHEN 'UNCOMPRESSED' THEN 1 WHEN 'SNAPPY' THEN 24 WHEN 'GZIP' THEN 1040
  WHEN 'LZ4' THEN 260 WHEN 'LZ4_RAW' THEN 260 ELSE 65536 END`

/** Files that were looked at, by what changes with their bytes. */
const sound = new Set<string>()
const MAX_REMEMBERED = 20_000

/** Looks at each state of a file once. @throws CORRUPT_FORMAT naming the table. */
export async function checkParquet(
  connection: DuckDBConnection,
  tables: readonly TableSource[]
): Promise<void> {
  for (const { name, files, format } of tables) {
    if (format !== 'parquet') continue
    const fresh = files.map((file) => [file, stateOf(file)] as const).filter(([, state]) => !sound.has(state)) // prettier-ignore
    if (fresh.length === 0) continue
    await checkFooters(connection, name, fresh.map(([file]) => file)) // prettier-ignore
    if (sound.size > MAX_REMEMBERED) sound.clear()
    for (const [, state] of fresh) sound.add(state)
  }
}

/** A file that is gone has a state, too: DuckDB says so in its words. */
function stateOf(file: string): string {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false })
  return `${file}:${stat?.ino}:${stat?.size}:${stat?.mtimeNs}:${stat?.ctimeNs}`
}

async function checkFooters(
  connection: DuckDBConnection,
  name: string,
  files: readonly string[]
): Promise<void> {
  const list = files.map(quoted).join(', ')
  const reader = await connection.runAndReadAll(
    `SELECT file_name, max(greatest(data_page_offset, coalesce(dictionary_page_offset, 0)) + 4),
       max(coalesce(dictionary_page_offset, data_page_offset) + total_compressed_size),
       bool_or(${UNSOUND}) FROM parquet_metadata([${list}]) GROUP BY ALL`
  )
  for (const [file, begin, end, isUnsound] of reader.getRows()) {
    const size = statSync(String(file)).size
    if (isUnsound === true || Number(begin) > size || Number(end) > size)
      throw new KitError('CORRUPT_FORMAT', `${name} claims more rows or bytes than its file can hold; nothing of it was read`) // prettier-ignore
  }
}

/** Whether a column of a row group cannot be as it says. Nested columns have more values than rows. */
const UNSOUND = `total_uncompressed_size < 0 OR total_compressed_size < 0 OR num_values < row_group_num_rows
  OR total_uncompressed_size > ${HARMLESS_BYTES} AND total_uncompressed_size > total_compressed_size * ${MAX_RATIO}`
