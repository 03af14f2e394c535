/** Finds records of the metadata index. */
import { duckQueries } from '../metadata/duck-queries.js'
import { parseExpression } from '../metadata/expression.js'
import { projection, type FieldPath } from '../metadata/field-path.js'
import type { Condition } from '../metadata/predicate.js'
import {
  countRecords,
  findRecords,
  orderOf,
  predicatesOf,
  type LargeQueries,
  type TextSearch
} from '../metadata/query.js'
import type { IndexRecord } from '../metadata/record.js'
import { SEARCHED_FIELDS, searchedField } from '../metadata/searched-text.js'
import type { Operation } from './operation.js'
import type { Run } from './run.js'
import type { OpenedSql, Services } from './services.js'

export interface MetadataQueryRequest {
  /** An expression such as `mime_type == 'text/csv' and size_bytes > 1024`, or conditions that all have to hold. */
  readonly where?: string | readonly Condition[] | undefined
  /** Text that one of the fields has, whatever its case. */
  readonly text?: string | undefined
  /** The fields that are searched; by default all texts. */
  readonly fields?: readonly string[] | undefined
  /** Paths of the values that are wanted; by default all columns. */
  readonly columns?: readonly string[] | undefined
  /** `field` or `field:desc`; by default the order of the CIDs. */
  readonly order?: string | undefined
  /** Most records that are returned; all by default. */
  readonly limit?: number | undefined
  /** Whether records are counted, and none returned. */
  readonly count?: boolean
}

export interface MetadataQueryResult {
  readonly columns: readonly FieldPath[]
  readonly records: readonly IndexRecord[]
  /** How many records there are, where that was asked for; else null. */
  readonly total: number | null
}

/** @throws USAGE for a wrong expression, TOO_LARGE for more records than are returned at once, CORRUPT_FORMAT naming the file. */
export const metadataQuery: Operation<MetadataQueryRequest, MetadataQueryResult> = async (
  services,
  request,
  run
) => {
  const { signal } = run
  const { where = [], limit = Infinity, count = false } = request
  const conditions = typeof where === 'string' ? parseExpression(where) : where
  const columns = projection(request.columns)
  const order = request.order === undefined ? undefined : orderOf(request.order)
  const query = { where: predicatesOf(conditions), text: searchOf(request), order, limit }
  const large = lazyQueries(services, run)
  try {
    return await services.index.useSteady(async (index) => {
      if (count) {
        const total = await countRecords(index, query, large.queries, signal)
        return { columns, records: [], total }
      }
      const records = await findRecords(index, query, large.queries, signal)
      return { columns, records, total: null }
    })
  } finally {
    large.close()
  }
}

/** What answers queries over large partitions, started by the first of them. */
function lazyQueries(
  services: Services,
  run: Run
): {
  readonly queries: LargeQueries
  readonly close: () => void
} {
  let opened: OpenedSql | undefined
  const queries = async (): Promise<LargeQueries> => {
    opened ??= await services.openSql(run)
    return duckQueries(opened.sql)
  }
  return {
    queries: {
      cids: async (...args) => await (await queries()).cids(...args),
      count: async (...args) => await (await queries()).count(...args)
    },
    close: () => opened?.close()
  }
}

const searchOf = ({ text, fields }: MetadataQueryRequest): TextSearch | undefined =>
  text === undefined ? undefined : { text, fields: fields?.map(searchedField) ?? SEARCHED_FIELDS }
