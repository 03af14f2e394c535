/** Keeps queries under names. */
import {
  checkQueryName,
  removeQuery,
  requiredQuery,
  savedNames,
  saveQuery
} from '../query/saved-queries.js'
import type { Operation } from './operation.js'
import type { Services } from './services.js'

/** @throws USAGE for a name that no query can have. */
export const checkSavedName = (name: string): void => checkQueryName(name)

export interface SavedQuery {
  readonly name: string
  readonly sql: string
}

/**
 * Saves a SELECT, which must be one that may run. One of that name is replaced.
 * @throws ACCESS_DENIED and INVALID_ARGUMENT as running it, USAGE for a name that is none.
 */
export const querySave: Operation<SavedQuery, SavedQuery> = async (services, request, run) => {
  const { sql, close } = await services.openSql(run)
  try {
    await sql.inspect(request.sql, { signal: run.signal })
  } finally {
    close()
  }
  saveQuery(services.home, request.name, request.sql)
  return request
}

export interface QueryListResult {
  readonly queries: readonly SavedQuery[]
}

export const queryList: Operation<Record<string, never>, QueryListResult> = ({ home }) =>
  Promise.resolve({
    queries: savedNames(home).map((name) => ({ name, sql: requiredQuery(home, name).trimEnd() }))
  })

/** @throws PATH_NOT_FOUND for a name under which nothing is saved. */
export const queryRemove: Operation<
  { readonly names: readonly string[] },
  { readonly removed: readonly string[] }
> = ({ home }, { names }) => {
  // prettier-ignore
  for (const name of names) requiredQuery(home, name)
  return Promise.resolve({ removed: names.filter((name) => removeQuery(home, name)) })
}

/** Returns the text of a saved query. @throws PATH_NOT_FOUND, USAGE. */
export const queryText = ({ home }: Services, name: string): string => requiredQuery(home, name)
