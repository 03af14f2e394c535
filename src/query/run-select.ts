/** A statement of a user: through the gate, into a sandbox with the files of its tables alone. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { KitError } from '../core/errors.js'
import { boundTo } from './bound.js'
import { splitExplain } from './explain.js'
import { sqlFailure } from './failure.js'
import { passGate } from './gate.js'
import type { JobScope } from './job-scope.js'
import type { JobLimits } from './messages.js'
import { checkParquet } from './parquet-check.js'
import type { ResultFormat, SelectRequest, SqlColumn, SqlRows, TableSource } from './ports.js'
import { readRows } from './read-result.js'
import { openSandbox, quoted, quotedName } from './sandbox.js'
import { replaceFiles } from './replace-files.js'

/** @param gate a connection without files, which parses. */
export async function runSelect(
  gate: DuckDBConnection,
  request: SelectRequest,
  limits: JobLimits,
  scope: JobScope
): Promise<SqlRows> {
  const { tables, reading } = await passGate(gate, request.sql)
  const used = tables.map((name) => tableNamed(request.tables, name))
  const { explain } = splitExplain(request.sql)
  const sql =
    reading === undefined ? request.sql : explain + (await replaceFiles(gate, reading, used))
  const { output } = request
  const files = [...used.flatMap(({ files }) => files), ...('file' in output ? [output.file] : [])]
  const sandbox = await openSandbox(limits, { files }, scope.temporary)
  try {
    const { connection } = sandbox
    scope.started(connection)
    await readable(used, async () => {
      await checkParquet(connection, used)
      for (const table of used) await connection.run(viewOf(table))
    })
    await sandbox.lock()
    if ('maxRows' in output) return await readRows(connection, sql, request.parameters ?? {}, output.maxRows) // prettier-ignore
    return await writeFile(connection, { ...request, sql }, output)
  } catch (error) {
    throw sqlFailure(error, used)
  } finally {
    sandbox.close()
  }
}

function tableNamed(tables: readonly TableSource[], name: string): TableSource {
  const folded = name.toLowerCase()
  const found =
    tables.find((table) => table.name === name) ??
    tables.find((table) => table.name.toLowerCase() === folded)
  if (found !== undefined) return { ...found, name }
  throw new KitError('ACCESS_DENIED', `${name} is not a table of this statement`)
}

/** Runs the first look at files, of which any failure says that a file is not what it should be. */
async function readable(tables: readonly TableSource[], look: () => Promise<void>): Promise<void> {
  try {
    await look()
  } catch (error) {
    const failure = sqlFailure(error, tables)
    if (failure.code !== 'INVALID_ARGUMENT') throw failure
    throw new KitError('CORRUPT_FORMAT', failure.message, { cause: error })
  }
}

const READERS = { parquet: 'read_parquet', csv: 'read_csv', ndjson: 'read_json', arrow: 'read_parquet' } as const // prettier-ignore

const viewOf = ({ name, files, format }: TableSource): string =>
  `CREATE VIEW ${quotedName(name)} AS SELECT * FROM ${READERS[format]}([${files.map(quoted).join(', ')}])`

const COPY_OPTIONS: Readonly<Record<Exclude<ResultFormat, 'arrow'>, string>> = {
  parquet: 'FORMAT parquet, COMPRESSION zstd',
  csv: 'FORMAT csv, HEADER true',
  json: 'FORMAT json, ARRAY true',
  ndjson: 'FORMAT json, ARRAY false'
}

async function writeFile(
  connection: DuckDBConnection,
  { sql, parameters = {} }: SelectRequest,
  { file, format }: { readonly file: string; readonly format: ResultFormat }
): Promise<SqlRows> {
  const columns = await describe(connection, sql)
  const options = COPY_OPTIONS[format as Exclude<ResultFormat, 'arrow'>]
  // The text passed the gate as one whole SELECT; a comment at its end must not take ours.
  const text = `COPY (${withoutEnd(sql)}\n) TO ${quoted(file)} (${options}, USE_TMP_FILE false)`
  const result = await connection.run(text, ...boundTo(parameters))
  return { columns, rows: [], truncated: false, count: result.rowsChanged }
}

async function describe(connection: DuckDBConnection, sql: string): Promise<SqlColumn[]> {
  const prepared = await connection.prepare(sql)
  try {
    return Array.from({ length: prepared.columnCount }, (_, i) => ({
      name: prepared.columnName(i),
      type: String(prepared.columnType(i))
    }))
  } finally {
    prepared.destroySync()
  }
}

/** Leaves out the semicolons at the end of a statement. */
const withoutEnd = (sql: string): string => sql.replace(/(?:\s|;)+$/, '')
