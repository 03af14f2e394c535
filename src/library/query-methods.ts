/** The methods of queries in SQL: under names, and with results as files. */
import { queryResult, type QueryResultRequest } from '../operations/query-result.js'
import { queryList, queryRemove, querySave } from '../operations/query-saved.js'
import { queryTables } from '../operations/query-tables.js'
import { queryToFile, type QueryRequest } from '../operations/query.js'
import type { ResultFormat, KnownLimits } from '../query/ports.js'
import type { Call, CallOptions } from './call.js'

/** Returns the limits of a call. */
type QueryLimits = (options: Pick<QueryRequest, 'limits'>) => KnownLimits

export const queryMethods = (call: Call, limitsOf: QueryLimits) => ({
  /** Writes the result of a SELECT to a new file. @throws EXISTS, and as `query`. */
  toFile: (
    sql: string,
    output: string,
    options: Omit<QueryRequest, 'sql' | 'maxRows'> & {
      readonly format: ResultFormat
    } & CallOptions
  ) => call(queryToFile, { ...options, sql, output, limits: limitsOf(options) }, options),
  save: (name: string, sql: string, options: CallOptions = {}) =>
    call(querySave, { name, sql }, options),
  list: async (options: CallOptions = {}) => (await call(queryList, {}, options)).queries,
  remove: (names: readonly string[], options: CallOptions = {}) =>
    call(queryRemove, { names }, options),
  tables: async (options: CallOptions = {}) => (await call(queryTables, {}, options)).tables,
  /** Returns CID and size of the result of a saved query; undefined where there is none. */
  result: (name: string, options: Omit<QueryResultRequest, 'query'> & CallOptions) =>
    call(queryResult, { ...options, query: name, limits: limitsOf(options) }, options)
})
