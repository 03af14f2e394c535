/** Answers predicates over large partitions by DuckDB, which reads their Parquet files. */
import type { JsonValue, ScriptRequest, SqlRows, SqlWork } from '../query/ports.js'
import type { MetadataIndex } from './metadata-index.js'
import type { Predicate } from './predicate.js'
import type { LargeQueries, Order } from './query.js'
import { quoted } from './field-path.js'

/** Most CIDs that come back as rows. */
const MAX_CIDS = 1_000_000

/** The processes of SQL, as far as they are needed here. */
interface Scripts {
  script(request: ScriptRequest, work: SqlWork): Promise<SqlRows>
}

export const duckQueries = (sql: Scripts): LargeQueries => ({
  cids: async (index, { where, order, limit }, signal) => {
    const most = Math.min(limit, MAX_CIDS)
    const text = `SELECT cid FROM ${filesOf(index)}${whereOf(where)} ORDER BY ${orderBy(order)} LIMIT ${most}`
    const rows = await rowsOf(sql, index, text, most, signal)
    return rows.map(([cid]) => cid as string)
  },
  count: async (index, where, signal) => {
    const text = `SELECT count(*) FROM ${filesOf(index)}${whereOf(where)}`
    const [row] = await rowsOf(sql, index, text, 1, signal)
    return Number(row![0])
  }
})

async function rowsOf(
  sql: Scripts,
  index: MetadataIndex,
  text: string,
  maxRows: number,
  signal: AbortSignal
): Promise<readonly (readonly JsonValue[])[]> {
  const reads = pathsOf(index)
  return (await sql.script({ text, reads, maxRows }, { signal })).rows
}

const pathsOf = (index: MetadataIndex): string[] =>
  index.partitions.map(({ paths }) => paths.parquet)

const filesOf = (index: MetadataIndex): string =>
  `read_parquet([${pathsOf(index).map(quoted).join(', ')}])`

const whereOf = (where: readonly Predicate[]): string =>
  where.length === 0 ? '' : ` WHERE ${where.map(({ sql }) => `(${sql})`).join(' AND ')}`

function orderBy(order: Order | undefined): string {
  if (order === undefined) return 'cid'
  return `${order.path.sql} ${order.isDescending ? 'DESC' : 'ASC'} NULLS LAST, cid`
}
