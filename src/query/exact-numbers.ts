/** Numbers of text files, which no type may change: whole numbers beyond those of DOUBLE, and fractions among whole ones. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { quoted, quotedName } from './sandbox.js'

/** The type of whole numbers beyond BIGINT, which Parquet has, too. */
export const WIDE = 'DECIMAL(38,0)'

/** What an error says where a value of a column of numbers would be another one. */
export const DECEIVED = 'the first rows deceive about the numbers of column '

/** What DuckDB would take in a text of a whole number, beside its digits, and round or read otherwise. */
const ODD = ['.', 'e', 'E', '_', 'x', 'X', 'b', 'B']
/** Fewer characters are no whole number that DOUBLE lacks. */
const LEAST_LENGTH = 16

/** Whether a type of numbers is one whose values are looked at as texts. */
export const isLookedAt = (type: string): boolean => ['BIGINT', 'DOUBLE', WIDE].includes(type)

/** Returns the expression of a column of text as numbers, which fails where one would be another. */
export function checkedNumber(column: string, type: string): string {
  const name = quotedName(column)
  const value = `${name}::${type}`
  const failure = `error(${quoted(`${DECEIVED}${column}: `)} || ${name})`
  if (type === 'DOUBLE')
    return `CASE WHEN strlen(${name}) >= ${LEAST_LENGTH} AND NOT contains(${name}, '.') AND NOT ${isExact(name)} THEN ${failure} ELSE ${value} END AS ${name}`
  // What is written as it was read is the same number, which is quicker to see than that no sign is odd.
  const isOdd = ODD.map((sign) => `contains(${name}, '${sign}')`).join(' OR ')
  return `CASE WHEN ${value}::VARCHAR = ${name} THEN ${value} WHEN ${isOdd} THEN ${failure} ELSE ${value} END AS ${name}`
}

/** Whether a text is a whole number. */
const isWhole = (name: string): string => `regexp_full_match(${name}, '\\s*[-+]?\\d+\\s*')`

/** Whether DOUBLE has a whole number, or is what it was written from; true for other numbers. @param name an expression of text. */
export function isExact(name: string): string {
  const double = `TRY_CAST(${name} AS DOUBLE)`
  const digits = `rtrim(regexp_replace(${double}::VARCHAR, 'e.*$|\\.0$|\\.', '', 'g'), '0')`
  return `(NOT ${isWhole(name)} OR TRY_CAST(${name} AS HUGEINT) = TRY_CAST(${double} AS HUGEINT) OR ${digits} = rtrim(trim(${name}, ' +'), '0'))`
}

/** Kinds of a value, as bits. */
const KIND = { whole: 1, wholeOnly: 2, wide: 4, wideOnly: 8, double: 16, other: 32 } as const

/** Returns the type that leaves all values as they are. @param kinds bits of the kinds that are there. */
function typeOfKinds(kinds: number): string {
  const areAmong = (...some: readonly number[]): boolean => (kinds & ~some.reduce((sum, one) => sum | one, 0)) === 0 // prettier-ignore
  if (areAmong(KIND.whole, KIND.wholeOnly)) return 'BIGINT'
  if (areAmong(KIND.whole, KIND.wholeOnly, KIND.wide, KIND.wideOnly)) return WIDE
  return areAmong(KIND.whole, KIND.wide, KIND.double) ? 'DOUBLE' : 'VARCHAR'
}

/**
 * Looks at all values of some columns. @returns the types that leave them as they are.
 * @param reader has them as text.
 */
export async function exactTypes(
  connection: DuckDBConnection,
  reader: string,
  columns: readonly string[]
): Promise<Record<string, string>> {
  if (columns.length === 0) return {}
  const v = '"value"'
  const kind = `CASE WHEN ${isWhole(v)} THEN
      CASE WHEN TRY_CAST(${v} AS BIGINT) IS NOT NULL THEN CASE WHEN ${isExact(v)} THEN ${KIND.whole} ELSE ${KIND.wholeOnly} END
      WHEN TRY_CAST(${v} AS ${WIDE}) IS NOT NULL THEN CASE WHEN ${isExact(v)} THEN ${KIND.wide} ELSE ${KIND.wideOnly} END
      ELSE CASE WHEN ${isExact(v)} THEN ${KIND.double} ELSE ${KIND.other} END END
    WHEN NOT regexp_matches(${v}, '[xX_]') AND TRY_CAST(${v} AS DOUBLE) IS NOT NULL THEN ${KIND.double} ELSE ${KIND.other} END`
  const found = await connection.runAndReadAll(`SELECT "column", bit_or(${kind}) FROM (UNPIVOT (SELECT ${columns.map(quotedName).join(', ')} FROM ${reader}) ON COLUMNS(*) INTO NAME "column" VALUE ${v}) GROUP BY ALL`) // prettier-ignore
  return Object.fromEntries(found.getRows().map(([name, kinds]) => [String(name), typeOfKinds(Number(kinds))])) // prettier-ignore
}
