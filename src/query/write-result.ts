/** The result of a statement as a file. */
import type { DuckDBConnection, DuckDBResult } from '@duckdb/node-api'
import { boundTo } from './bound.js'
import { oneStatement } from './one-statement.js'
import type { ResultFormat, SelectRequest, SqlColumn, SqlRows } from './ports.js'
import { columnsOf } from './read-result.js'
import { finiteRows } from './finite-json.js'
import { quoted, quotedName } from './sandbox.js'
import { storableType } from './storable-type.js'

const COPY_OPTIONS: Readonly<Record<ResultFormat, string>> = {
  parquet: 'FORMAT parquet, COMPRESSION zstd',
  arrow: 'FORMAT parquet, COMPRESSION snappy',
  csv: 'FORMAT csv, HEADER true',
  json: 'FORMAT json, ARRAY true',
  ndjson: 'FORMAT json, ARRAY false'
}

/** Writes all rows to a file, which DuckDB makes. Arrow is written as Parquet, to be converted. */
export async function writeResult(
  connection: DuckDBConnection,
  { sql, parameters = {} }: SelectRequest,
  file: string,
  format: ResultFormat
): Promise<SqlRows> {
  // The text passed the gate as one whole SELECT; a comment at its end must not take ours.
  const rows = `(${oneStatement(sql)}\n)`
  // The types are known when the parameters are: so the statement runs without any row.
  const empty = await connection.run(`SELECT * FROM ${rows} AS result LIMIT 0`, ...boundTo(parameters)) // prettier-ignore
  const columns = columnsOf(empty)
  const from = fittedTo(format, rows, empty)
  const text = `COPY ${from} TO ${quoted(file)} (${COPY_OPTIONS[format]}, USE_TMP_FILE false)`
  const result = await connection.run(text, ...boundTo(parameters))
  return { columns, rows: [], truncated: false, count: result.rowsChanged }
}

/** Returns a query with values that a format can have. */
function fittedTo(format: ResultFormat, rows: string, empty: DuckDBResult): string {
  if (format === 'csv') return rows
  const isText = format === 'json' || format === 'ndjson'
  return isText ? finiteRows(rows, empty.columnNames(), empty.columnTypes()) : storable(rows, columnsOf(empty)) // prettier-ignore
}

/** Returns the query with its values as Parquet has types for them, by position: names need not be unique. */
function storable(rows: string, columns: readonly SqlColumn[]): string {
  if (columns.every(({ type }) => storableType(type) === type)) return rows
  const names = columns.map((_, i) => `c${i}`)
  const values = columns.map(({ name, type }, i) => {
    const stored = storableType(type)
    return `${stored === type ? names[i] : `${names[i]}::${stored}`} AS ${quotedName(name)}`
  })
  return `(SELECT ${values.join(', ')} FROM ${rows} AS result(${names.join(', ')}))`
}
