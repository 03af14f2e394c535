/** The result of a saved query as content: computed once for the versions of its inputs. */
import { createHash } from 'node:crypto'
import { createReadStream, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Cid } from '../core/cid.js'
import type { ResultFormat, SqlLimits, TableSource } from '../query/ports.js'
import { askedText, hashesOf } from '../query/asked-texts.js'
import { KeptResults, type KeptResult, type ResultInputs } from '../query/results.js'
import { isQueryName, savedNames, savedQuery } from '../query/saved-queries.js'
import { add } from './add.js'
import type { Operation } from './operation.js'
import { tablesNamed } from './query-tables.js'
import type { TableScope } from './table-scope.js'
import { withTables } from './with-tables.js'

export interface QueryResultRequest {
  /** Name of a saved query, or the SHA-256 in hex of the text of one, or of a query that was asked. */
  readonly query: string
  readonly format: ResultFormat
  readonly limits?: SqlLimits | undefined
}

/** How long a statement of time or chance keeps its result. */
const PERIOD_MS = 60_000

/** Largest result that is kept, in bytes: whoever only looks at a folder must not fill the disk. */
const MAX_RESULT = 1 << 30

/**
 * Returns the file of the result, which is in the store and not pinned: gc may take it, and then it is
 * computed again.
 * @returns undefined where no such query is saved. @throws as `query`.
 */
export const queryResult: Operation<QueryResultRequest, KeptResult | undefined> = (
  services,
  request,
  run
) => {
  const sql = textOf(services.home, request.query)
  if (sql === undefined) return Promise.resolve(undefined)
  return withTables(services, run, (scope) => resultOf(sql, request, scope))
}

/** Returns the text of a query by its name or by its hash. */
function textOf(home: string, query: string): string | undefined {
  if (isQueryName(query)) return savedQuery(home, query)
  return (
    askedText(home, query) ??
    savedNames(home)
      .map((name) => savedQuery(home, name))
      .find((text) => text !== undefined && hashesOf(text).includes(query))
  )
}

async function resultOf(
  sql: string,
  { format, limits = {} }: QueryResultRequest,
  scope: TableScope
): Promise<KeptResult> {
  const { signal } = scope.run
  const { tables: names, isVolatile } = await scope.sql.inspect(sql, { signal })
  const tables = await tablesNamed(names, scope)
  const inputs: ResultInputs = {
    sql,
    format,
    tables: await Promise.all(tables.map(async (one) => [one.name, await versionOf(one, scope)] as const)), // prettier-ignore
    period: isVolatile ? Math.floor(Date.now() / PERIOD_MS) : undefined
  }
  const results = new KeptResults(scope.services.home)
  const known = results.find(inputs)
  if (known !== undefined && scope.view.tierOf(Cid.parse(known.cid)) !== undefined) return known
  const file = join(scope.folder, `result.${format}`)
  const bounded = { maxFileBytes: MAX_RESULT, ...limits }
  await scope.sql.select({ sql, tables, output: { file, format } }, { signal }, bounded)
  const request = { sources: [file], profile: 'unixfs-v1-2025', pin: false, index: false }
  const { roots } = await add(scope.services, request, scope.run)
  const result = { cid: roots[0]!.cid, size: statSync(file).size }
  results.keep(inputs, result)
  return result
}

/** What is made for this query has the version of its bytes; other files have that of their times. */
async function versionOf({ version, files }: TableSource, scope: TableScope): Promise<string> {
  if (version !== undefined) return version
  const versions = await Promise.all(
    files.map(async (path) => {
      if (dirname(path) === scope.folder) return await hashOf(path)
      const { size, mtimeNs, ino } = statSync(path, { bigint: true })
      return `${path}:${ino}:${size}:${mtimeNs}`
    })
  )
  return versions.join()
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path)) hash.update(piece as Uint8Array)
  return hash.digest('hex')
}
