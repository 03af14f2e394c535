/** Row groups that fit in memory: Parquet is converted to Arrow group by group, and DuckDB counts rows of any width. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { quoted, quotedName } from './sandbox.js'
import { columnsOfAll } from './table-readers.js'

/** Rows of a group as DuckDB writes it, and the fewest that it makes one of. */
const [ROWS, MIN_ROWS] = [122_880, 2048]
/** Bytes of the texts of a group: the converter holds them more than once, in 4 GiB at most. */
const MAX_BYTES = 128 << 20

/** Returns a Parquet file with the same rows in smaller groups: another one, where rows are wide. @param other where that goes. */
export async function narrowGroups(
  connection: DuckDBConnection,
  file: string,
  other: string
): Promise<string> {
  const reader = `read_parquet(${quoted(file)}, hive_partitioning = false)`
  const wide = (await columnsOfAll(connection, [reader])).filter(({ type }) => /\b(VARCHAR|BLOB|JSON)\b/.test(type)) // prettier-ignore
  if (wide.length === 0) return file
  const widths = wide.map(({ name, type }) => `coalesce(${type === 'BLOB' ? 'octet_length' : 'strlen'}(${quotedName(name)}${/^(BLOB|VARCHAR)$/.test(type) ? '' : '::VARCHAR'}), 0)`) // prettier-ignore
  const result = await connection.runAndReadAll(`SELECT avg(${widths.join(' + ')}) FROM ${reader}`)
  const rows = Math.floor(MAX_BYTES / Math.max(Number(result.getRows()[0]?.[0] ?? 0), 1))
  if (rows >= ROWS) return file
  await connection.run(`COPY (FROM ${reader}) TO ${quoted(other)} (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE ${Math.max(rows, MIN_ROWS)}, USE_TMP_FILE false)`) // prettier-ignore
  return other
}
