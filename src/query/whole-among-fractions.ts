/** Whole numbers of one file that come into a column of DOUBLE, as other files have fractions in it. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { WIDE } from './exact-numbers.js'
import type { SqlColumn } from './ports.js'
import { quoted, quotedName } from './sandbox.js'
import { columnsOfAll } from './table-readers.js'

/** Types of whole numbers of which DOUBLE has not all. */
const WHOLE = /^(U?BIGINT|U?HUGEINT|DECIMAL\(\d+,0\))$/

/** Returns the SELECT that fails where such a number would be another one. @param columns of the table that they come into. */
export async function keepingWholes(
  connection: DuckDBConnection,
  columns: readonly SqlColumn[],
  select: string
): Promise<string> {
  const doubles = new Set(columns.filter(({ type }) => type === 'DOUBLE').map(({ name }) => name.toLowerCase())) // prettier-ignore
  if (doubles.size === 0) return select
  const own = await columnsOfAll(connection, [`(${select})`])
  const checked = own
    .filter(({ name, type }) => WHOLE.test(type) && doubles.has(name.toLowerCase()))
    .map(({ name }) => {
      const value = quotedName(name)
      return `CASE WHEN ${value}::${WIDE} <> ${value}::DOUBLE::${WIDE} THEN error(${quoted(`column ${name} has fractions elsewhere, beside which there is no place for the whole number `)} || ${value}) ELSE ${value} END AS ${value}`
    })
  return checked.length === 0 ? select : `SELECT * REPLACE (${checked.join(', ')}) FROM (${select})`
}
