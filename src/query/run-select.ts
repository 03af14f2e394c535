/** A statement of a user: through the gate, into a sandbox with the files of its tables alone. */
import { join } from 'node:path'
import { KitError, type ErrorCode } from '../core/errors.js'
import { splitExplain } from './explain.js'
import { sqlFailure } from './failure.js'
import type { Passed } from './gate.js'
import type { JobScope } from './job-scope.js'
import type { JobLimits } from './messages.js'
import { checkParquet } from './parquet-check.js'
import type { ResultFormat, SelectRequest, SqlRows, TableSource } from './ports.js'
import { readRows } from './read-result.js'
import { openSandbox } from './sandbox.js'
import { viewOf } from './table-view.js'
import { writeResult } from './write-result.js'
import { replaceFiles } from './replace-files.js'

/** @param passed what the gate found in the statement. */
export async function runSelect(
  { tables, files }: Passed,
  request: SelectRequest,
  limits: JobLimits,
  scope: JobScope
): Promise<SqlRows> {
  const asked = tables.map((name) => tableNamed(request.tables, name))
  try {
    const used = await withoutArrow(asked, scope.temporary)
    const { explain, statement } = splitExplain(request.sql)
    const sql = explain + replaceFiles(statement, files, used)
    if (explain !== '' && 'file' in request.output) throw new KitError('INVALID_ARGUMENT', 'the plan of EXPLAIN is rows; it goes to no file') // prettier-ignore
    return await runSandboxed({ ...request, sql }, used, limits, scope)
  } catch (error) {
    throw sqlFailure(error, asked)
  }
}

async function runSandboxed(
  request: SelectRequest,
  tables: readonly TableSource[],
  limits: JobLimits,
  scope: JobScope
): Promise<SqlRows> {
  const { sql, parameters = {}, output } = request
  const made = 'file' in output ? fileMade(output, scope.temporary) : undefined
  const files = [...tables.flatMap(({ files }) => files), ...(made === undefined ? [] : [made])]
  const sandbox = await openSandbox(limits, { files }, scope.instance())
  try {
    const { connection } = sandbox
    scope.started(connection)
    await readable(tables, async () => {
      await checkParquet(connection, tables)
      for (const table of tables) await connection.run(viewOf(table))
    })
    await sandbox.lock()
    if (!('file' in output)) return await readRows(connection, sql, parameters, output.maxRows)
    const result = await writeResult(connection, request, made!, output.format)
    if (output.format === 'arrow') await (await import('./arrow-files.js')).arrowOfParquet(made!, output.file) // prettier-ignore
    return result
  } finally {
    scope.afterwards(() => sandbox.close())
  }
}

/** Returns the file that DuckDB writes: it writes no Arrow. */
const fileMade = ({ file, format }: { file: string; format: ResultFormat }, folder: string): string => format === 'arrow' ? join(folder, 'result.parquet') : file // prettier-ignore

/** Converts the files of Arrow among tables. */
async function withoutArrow(
  tables: readonly TableSource[],
  folder: string
): Promise<readonly TableSource[]> {
  if (!tables.some(({ format }) => format === 'arrow')) return tables
  const { parquetOfArrow } = await import('./arrow-files.js')
  return tables.map((table, i) => {
    if (table.format !== 'arrow') return table
    const files = table.files.flatMap((file, j) => parquetOfArrow(file, folder, `table-${i}-${j}`))
    return { ...table, files, format: 'parquet' }
  })
}

function tableNamed(tables: readonly TableSource[], name: string): TableSource {
  const folded = name.toLowerCase()
  const found =
    tables.find((table) => table.name === name) ??
    tables.find((table) => table.name.toLowerCase() === folded)
  if (found !== undefined) return { ...found, name }
  throw new KitError('ACCESS_DENIED', `${name} is not a table of this statement`)
}

/** What a look at a file fails with that is not what it should be. */
const UNREADABLE: readonly ErrorCode[] = ['INVALID_ARGUMENT', 'UNSUPPORTED', 'IO', 'INTERNAL']

/** Runs the first look at files, of which any failure says that a file is not what it should be. */
async function readable(tables: readonly TableSource[], look: () => Promise<void>): Promise<void> {
  try {
    await look()
  } catch (error) {
    const failure = sqlFailure(error, tables)
    const isGone = /No such file|No files found|Cannot open file/.test(failure.message)
    if (!UNREADABLE.includes(failure.code) || isGone) throw failure
    throw new KitError('CORRUPT_FORMAT', failure.message, { cause: error })
  }
}
