/** The result of a statement as a file. */
import type { DuckDBConnection, DuckDBResult } from '@duckdb/node-api'
import { boundTo } from './bound.js'
import type { ResultFormat, SelectRequest, SqlColumn, SqlRows } from './ports.js'
import { columnsOf } from './read-result.js'
import { finiteRows } from './finite-json.js'
import { quoted, quotedName } from './sandbox.js'

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
  const rows = `(${withoutEnd(sql)}\n)`
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

/** How types are stored for which Parquet has none: sums of whole numbers would lose digits as DOUBLE. */
const STORED_AS: Readonly<Record<string, string>> = {
  HUGEINT: 'DECIMAL(38,0)',
  UHUGEINT: 'DECIMAL(38,0)',
  BIGNUM: 'VARCHAR',
  BIT: 'VARCHAR',
  'TIME WITH TIME ZONE': 'VARCHAR'
}

/** Returns the query with such columns cast, by position: names need not be unique. */
function storable(rows: string, columns: readonly SqlColumn[]): string {
  if (!columns.some(({ type }) => Object.hasOwn(STORED_AS, type))) return rows
  const names = columns.map((_, i) => `c${i}`)
  const values = columns.map(({ name, type }, i) => {
    const stored = STORED_AS[type]
    return `${stored === undefined ? names[i] : `${names[i]}::${stored}`} AS ${quotedName(name)}`
  })
  return `(SELECT ${values.join(', ')} FROM ${rows} AS result(${names.join(', ')}))`
}

/** Leaves out the semicolons at the end of a statement. */
const withoutEnd = (sql: string): string => sql.replace(/(?:\s|;)+$/, '')
