/** Answers predicates over large partitions by DuckDB, which reads their Parquet files. */
import { KitError } from '../core/errors.js'
import type { ScriptRequest, SqlRows, SqlWork } from '../query/ports.js'
import type { MetadataIndex } from './metadata-index.js'
import type { Predicate } from './predicate.js'
import type { IndexQuery, LargeQueries, Order } from './query.js'
import { quoted } from './field-path.js'

/** Most records of an answer, all of which are in memory. */
const MAX_RECORDS = 1_000_000

/** CIDs of one statement: as many as come back whole. */
const PAGE = 500_000

export interface DuckLimits {
  readonly records: number
  readonly page: number
}

/** The processes of SQL, as far as they are needed here. */
interface Scripts {
  script(request: ScriptRequest, work: SqlWork): Promise<SqlRows>
}

export const duckQueries = (
  sql: Scripts,
  { records, page }: DuckLimits = { records: MAX_RECORDS, page: PAGE }
): LargeQueries => ({
  cids: async (index, query, signal) => {
    // Those that changed since are asked for beyond what is wanted.
    const most = records + index.pending
    const limit = Math.min(query.limit, most + 1)
    const cids: string[] = []
    for (let isLast = false; !isLast && cids.length < limit;) {
      const count = Math.min(page, limit - cids.length)
      const text = pageOf(chosen(index, { ...query, limit }), cids.at(-1), count)
      const { rows, truncated } = await asked(sql, index, text, count, signal)
      for (const [cid] of rows) cids.push(cid as string)
      isLast = rows.length < count && !truncated
    }
    if (cids.length <= most) return cids
    throw new KitError('TOO_LARGE', `more than ${records.toLocaleString('en')} records of the index match, which is more than are returned at once: ask for fewer with a limit, for their number with a count, or have SQL write them to a file: \`ipfs-kit query "SELECT … FROM metadata WHERE …" -o FILE\``) // prettier-ignore
  },
  count: async (index, where, signal) => {
    const text = `SELECT count(*) FROM ${filesOf(index)}${whereOf(where)}`
    const { rows } = await asked(sql, index, text, 1, signal)
    return Number(rows[0]![0])
  }
})

/** Returns the SELECT of the CIDs of a query; which the first are matters where it has a limit. */
function chosen(index: MetadataIndex, { where, order, limit }: IndexQuery): string {
  const all = `SELECT cid FROM ${filesOf(index)}${whereOf(where)}`
  return order === undefined ? all : `${all} ORDER BY ${orderBy(order)} LIMIT ${limit}`
}

const pageOf = (chosen: string, last: string | undefined, count: number): string =>
  `SELECT cid FROM (${chosen})${last === undefined ? '' : ` WHERE cid > ${quoted(last)}`} ORDER BY cid LIMIT ${count}`

async function asked(
  sql: Scripts,
  index: MetadataIndex,
  text: string,
  maxRows: number,
  signal: AbortSignal
): Promise<SqlRows> {
  return await sql.script({ text, reads: pathsOf(index), maxRows }, { signal })
}

const pathsOf = (index: MetadataIndex): string[] =>
  index.partitions.map(({ paths }) => paths.parquet)

const filesOf = (index: MetadataIndex): string =>
  `read_parquet([${pathsOf(index).map(quoted).join(', ')}])`

const whereOf = (where: readonly Predicate[]): string =>
  where.length === 0 ? '' : ` WHERE ${where.map(({ sql }) => `(${sql})`).join(' AND ')}`

const orderBy = ({ path, isDescending }: Order): string =>
  `${path.sql} ${isDescending ? 'DESC' : 'ASC'} NULLS LAST, cid`
