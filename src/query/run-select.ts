/** A statement of a user: through the gate, into a sandbox with the files of its tables alone. */
import { join } from 'node:path'
import { KitError, type ErrorCode } from '../core/errors.js'
import { splitExplain } from './explain.js'
import { DECEIVED } from './exact-numbers.js'
import { sqlFailure } from './failure.js'
import type { Passed } from './gate.js'
import { inputFailure } from './input-failure.js'
import type { JobScope } from './job-scope.js'
import type { JobLimits } from './messages.js'
import { checkParquet } from './parquet-check.js'
import type { ResultFormat, SelectRequest, SqlRows, TableSource } from './ports.js'
import { narrowGroups } from './narrow-groups.js'
import { readRows } from './read-result.js'
import { openSandbox } from './sandbox.js'
import { isWidened } from './table-readers.js'
import { isGuessed, pathOf, viewOf, type Types } from './table-view.js'
import { isText } from './text-check.js'
import { writeResult } from './write-result.js'
import { replaceFiles } from './replace-files.js'

/** @param passed what the gate found in the statement. */
export async function runSelect(
  { tables, named, files }: Passed,
  request: SelectRequest,
  limits: JobLimits,
  scope: JobScope
): Promise<SqlRows> {
  let asked: readonly TableSource[] = tables.map((name) => tableNamed(request.tables, name))
  const { explain, statement } = splitExplain(request.sql)
  if (explain !== '' && 'file' in request.output) throw new KitError('INVALID_ARGUMENT', 'the plan of EXPLAIN is rows; it goes to no file') // prettier-ignore
  try {
    asked = await withoutArrow(asked, scope.temporary)
    const sql = explain + replaceFiles(statement, files, asked)
    const views = onceEach(asked.filter(({ name }) => named.has(name)))
    return await withTypes(views, limits, scope, (types) =>
      runSandboxed({ ...request, sql }, { asked, views, types }, limits, scope)
    )
  } catch (error) {
    throw await selectFailure(error, asked)
  }
}

/** What a statement reads. */
interface Sources {
  readonly asked: readonly TableSource[]
  /** Those that it names in FROM. */
  readonly views: readonly TableSource[]
  readonly types: Types
}

/** Runs a statement; again, with types that fit all rows, where the first rows of a text deceived about them. */
async function withTypes(
  views: readonly TableSource[],
  limits: JobLimits,
  scope: JobScope,
  run: (types: Types) => Promise<SqlRows>
): Promise<SqlRows> {
  const texts = views.filter(isGuessed)
  try {
    return await run('checked')
  } catch (error) {
    if (texts.length === 0 || !isOfTypes(error)) throw error
    const files = texts.flatMap((table) => table.files)
    const sandbox = await openSandbox(limits, { files }, scope.instance())
    scope.afterwards(() => sandbox.close())
    for (const text of texts) if (await isWidened(sandbox.connection, text)) return await run('all')
    // Read as it is, it fails with the line; where it does not, a number was rounded.
    await run('first')
    throw error
  }
}

const isOfTypes = (error: unknown): boolean =>
  error instanceof Error && (error.message.includes(DECEIVED) || /Could not convert string/.test(error.message)) // prettier-ignore

async function runSandboxed(
  request: SelectRequest,
  { asked, views, types }: Sources,
  limits: JobLimits,
  scope: JobScope
): Promise<SqlRows> {
  const { sql, parameters = {}, output } = request
  const made = 'file' in output ? fileMade(output, scope.temporary) : undefined
  const narrow = join(scope.temporary, 'narrow.parquet')
  const files = [...asked.flatMap(({ files }) => files), ...(made === undefined ? [] : [made, narrow])] // prettier-ignore
  const sandbox = await openSandbox(limits, { files }, scope.instance())
  scope.afterwards(() => sandbox.close())
  const { connection } = sandbox
  scope.started(connection)
  await readable(asked, async () => {
    await checkParquet(connection, asked)
    for (const table of views) await connection.run(await viewOf(connection, table, types))
  })
  await sandbox.lock()
  if (!('file' in output)) return await readRows(connection, sql, parameters, output.maxRows)
  const result = await writeResult(connection, request, made!, output.format)
  if (output.format === 'arrow') await (await import('./arrow-files.js')).arrowOfParquet(await narrowGroups(connection, made!, narrow), output.file) // prettier-ignore
  return result
}

/** Returns what a statement failed with; where a line of a text file is wrong, that line. */
async function selectFailure(error: unknown, tables: readonly TableSource[]): Promise<KitError> {
  const own = error instanceof KitError && error.cause instanceof Error ? error.cause : error
  const text = own instanceof Error ? own.message : ''
  for (const table of tables) {
    const i = isText(table.format) ? table.files.findIndex((file) => text.includes(file)) : -1
    if (i >= 0) return await inputFailure(own, { ...table, file: table.files[i]! }, pathOf(table, i)) // prettier-ignore
  }
  return sqlFailure(error, tables)
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
  const converted: TableSource[] = []
  for (const [i, table] of tables.entries()) {
    if (table.format !== 'arrow') converted.push(table)
    else {
      const files: string[] = []
      for (const [j, file] of table.files.entries())
        files.push(...(await parquetOfArrow(file, folder, `table-${i}-${j}`)))
      converted.push({ ...table, files, format: 'parquet' })
    }
  }
  return converted
}

/** Returns each table once that was named in upper and lower case. @throws INVALID_ARGUMENT for two tables. */
function onceEach(tables: readonly TableSource[]): readonly TableSource[] {
  const found = new Map<string, TableSource>()
  for (const table of tables) {
    const folded = table.name.toLowerCase()
    const known = found.get(folded) ?? table
    found.set(folded, known)
    if (!isSameTable(known, table)) throw new KitError('INVALID_ARGUMENT', `${known.name} and ${table.name} are one name in SQL, which knows no case: ask for one of them by the CID path of a file with other letters, or in a query of its own`) // prettier-ignore
  }
  return [...found.values()]
}

const isSameTable = (a: TableSource, b: TableSource): boolean =>
  a.version === undefined || b.version === undefined
    ? a.files.join('\0') === b.files.join('\0')
    : a.version === b.version

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
