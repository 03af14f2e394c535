/** Finds the tables that a statement names, and lists those that there are. */
import { KitError } from '../core/errors.js'
import { didYouMean } from '../core/suggest.js'
import type { TableSource } from '../query/ports.js'
import { contentTable, isContentPath } from './content-tables.js'
import type { Operation } from './operation.js'
import { CATALOGS } from './table-catalogs.js'
import type { TableScope } from './table-scope.js'
import { withTables } from './with-tables.js'

/** @throws PATH_NOT_FOUND for a name that nothing has, and what making a table throws. */
export async function tablesNamed(
  names: readonly string[],
  scope: TableScope
): Promise<readonly TableSource[]> {
  const tables: TableSource[] = []
  for (const name of names) tables.push(await tableNamed(name, scope))
  return tables
}

async function tableNamed(name: string, scope: TableScope): Promise<TableSource> {
  const { signal } = scope.run
  for (const catalog of CATALOGS) {
    const found = await catalog(scope).resolve(name, { signal })
    if (found !== undefined) return found
  }
  if (isContentPath(name)) return await contentTable(name, scope)
  const known = await tableNames(scope)
  throw new KitError('PATH_NOT_FOUND', `there is no table ${name}${didYouMean(name, known)}; \`ipfs-kit query --tables\` lists them; files are named by their CID, as in FROM '/ipfs/CID/t.parquet'`) // prettier-ignore
}

/** Returns the names of all tables but those of content by CID. */
export async function tableNames(scope: TableScope): Promise<readonly string[]> {
  const { signal } = scope.run
  const lists = await Promise.all(CATALOGS.map((catalog) => catalog(scope).names({ signal })))
  return [...new Set(lists.flat())]
}

export interface QueryTablesResult {
  readonly tables: readonly string[]
}

/** Lists the names of tables, those of content by CID left out. */
export const queryTables: Operation<Record<string, never>, QueryTablesResult> = (
  services,
  _request,
  run
) => withTables(services, run, async (scope) => ({ tables: await tableNames(scope) }))
