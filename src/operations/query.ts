/** Asks a question in SQL. */
import { createReadStream, existsSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { KitError } from '../core/errors.js'
import { fsyncDir } from '../core/fs-durable.js'
import { renameToNew, temporaryBeside } from '../core/new-file.js'
import { rememberText } from '../query/asked-texts.js'
import type { Parameters, ResultFormat, SqlLimits, SqlOutput, SqlRows } from '../query/ports.js'
import type { Operation } from './operation.js'
import { tablesNamed } from './query-tables.js'
import type { Run } from './run.js'
import type { Services } from './services.js'
import type { TableScope } from './table-scope.js'
import { withTables } from './with-tables.js'

export interface QueryRequest {
  /** One SELECT, or EXPLAIN of one. */
  readonly sql: string
  /** Values for `$name`. */
  readonly parameters?: Parameters | undefined
  /** What is left out is as the configuration says. */
  readonly limits?: SqlLimits | undefined
  /** Most rows that are returned; by default 10,000. */
  readonly maxRows?: number | undefined
}

export interface QueryResult extends SqlRows {
  readonly elapsedMs: number
}

const MAX_ROWS = 10_000

/**
 * Runs a SELECT over the tables of the home and over content, and returns its rows.
 * @throws ACCESS_DENIED for what is not allowed, INVALID_ARGUMENT for wrong SQL, PATH_NOT_FOUND for an
 * unknown table, CORRUPT_FORMAT for a damaged file, TIMEOUT and MEMORY_BUDGET at the limits.
 */
export const query: Operation<QueryRequest, QueryResult> = (services, request, run) =>
  withTables(services, run, async (scope) => {
    const result = await runQuery(scope, request, { maxRows: request.maxRows ?? MAX_ROWS })
    if (Object.keys(request.parameters ?? {}).length === 0) rememberText(services.home, request.sql)
    return result
  })

export interface QueryToFileRequest extends Omit<QueryRequest, 'maxRows'> {
  readonly output: string
  readonly format: ResultFormat
}

/** Runs a SELECT whose result becomes a new file, whole or not at all. @throws EXISTS, and as `query`. */
export const queryToFile: Operation<QueryToFileRequest, QueryResult> = (services, request, run) =>
  withTables(services, run, async (scope) => {
    const output = resolve(request.output)
    if (existsSync(output)) throw new KitError('EXISTS', `${output} exists already; choose another name with -o`) // prettier-ignore
    if (!existsSync(dirname(output))) throw new KitError('PATH_NOT_FOUND', `the folder ${dirname(output)} does not exist`) // prettier-ignore
    const temporary = temporaryBeside(output)
    try {
      const result = await runQuery(scope, request, { file: temporary, format: request.format })
      await sync(temporary)
      renameToNew(temporary, output)
      fsyncDir(dirname(output))
      return result
    } catch (error) {
      rmSync(temporary, { force: true })
      throw error
    }
  })

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Runs a SELECT and gives the bytes of its result, as a file of a format, to `take`. @throws as `query`. */
export const queryBytes = (
  services: Services,
  request: Omit<QueryToFileRequest, 'output'>,
  take: (bytes: Uint8Array) => Promise<void>,
  run: Run
): Promise<QueryResult> =>
  withTables(services, run, async (scope) => {
    const file = join(scope.folder, 'result')
    const result = await runQuery(scope, request, { file, format: request.format })
    for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 }))
      await take(piece as Uint8Array)
    return result
  })

/** Runs a statement over the tables that it names. */
export async function runQuery(
  scope: TableScope,
  { sql, parameters = {}, limits = {} }: QueryRequest,
  output: SqlOutput
): Promise<QueryResult> {
  const started = performance.now()
  const { signal } = scope.run
  const { tables: names } = await scope.sql.inspect(sql, { signal })
  const tables = await tablesNamed(names, scope)
  const request = { sql, parameters, tables, output }
  const result = await scope.sql.select(request, { signal, progress: tell(scope.run) }, limits)
  return { ...result, elapsedMs: Math.round(performance.now() - started) }
}

/** DuckDB tells parts of the whole, and a progress counts: so it is of thousandths. */
function tell({ progress }: Run): (done: number) => void {
  let told = 0
  return (done) => {
    const now = Math.floor(done * 1000)
    if (now > told) progress({ what: 'asking', bytes: now - told, total: 1000, isShare: true })
    told = Math.max(told, now)
  }
}
