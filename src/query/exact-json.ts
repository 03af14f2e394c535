/** Numbers of JSON: DuckDB takes DOUBLE for whole numbers beside fractions and for those beyond 64 bits, and rounds them. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { KitError } from '../core/errors.js'
import { DECEIVED, exactTypes, isExact } from './exact-numbers.js'
import type { SqlColumn } from './ports.js'
import { quoted, quotedName } from './sandbox.js'

/** How DuckDB writes a number of DOUBLE that may be another whole number, rounded; others are exact. */
const MAYBE_ROUNDED = '\\d{16}\\.0|\\de\\+'
/** A text in JSON, whose digits are no number. */
const TEXT = '"(?:[^"\\\\]|\\\\.)*"'
const LONG_NUMBER = '-?[0-9][0-9.eE+-]{15,}'
/** No column bears one of these names. */
const [GUESSED, EXACT] = ['"guessed by ipfs-kit"', '"exact for ipfs-kit"']

/** Returns a SELECT of all rows that fails where a number may be another one; it costs nothing for columns without DOUBLE. */
export function checkedJson(reader: string): string {
  const isMaybeRounded = `contains(typeof(COLUMNS(*)), 'DOUBLE') AND regexp_matches(COLUMNS(*)::VARCHAR, ${quoted(MAYBE_ROUNDED)})`
  return `SELECT CASE WHEN ${isMaybeRounded} THEN error(${quoted(DECEIVED)} || COLUMNS(*)::VARCHAR) ELSE COLUMNS(*) END AS '\\0' FROM ${reader}`
}

/**
 * Looks at the numbers of all rows as they are written. @returns a SELECT that keeps them: a column is DOUBLE where that is
 * exact, else of whole numbers, or text; a nested one is JSON.
 * @param readAs reads some keys alone, as types. @throws CORRUPT_FORMAT.
 */
export async function exactJsonSelect(
  connection: DuckDBConnection,
  reader: string,
  columns: readonly SqlColumn[],
  readAs: (types: Readonly<Record<string, string>>) => string
): Promise<string> {
  const doubles = columns.filter(({ type }) => /\bDOUBLE\b/.test(type))
  const nested = doubles.filter(({ type }) => type !== 'DOUBLE').map(({ name }) => name)
  const plain = doubles.filter(({ type }) => type === 'DOUBLE').map(({ name }) => name)
  const types = {
    ...(await exactTypes(connection, readAs(allAs(plain, 'VARCHAR')), plain)),
    ...(await nestedTypes(connection, readAs(allAs(nested, 'JSON')), nested))
  }
  for (const { name } of doubles)
    if (types[name] === undefined)
      throw new KitError('CORRUPT_FORMAT', `whole numbers of ${name} would be rounded, and its key differs from another one in case alone: give it another name`) // prettier-ignore
  const others = doubles.filter(({ name, type }) => types[name] !== type && types[name] !== '')
  if (others.length === 0) return `FROM ${reader}`
  const texts = Object.fromEntries(others.map(({ name }) => [name, types[name] === 'JSON' ? 'JSON' : 'VARCHAR'])) // prettier-ignore
  const values = others.map(({ name }) => `${EXACT}.${quotedName(name)}::${types[name]} AS ${quotedName(name)}`) // prettier-ignore
  return `SELECT ${GUESSED}.* REPLACE (${values.join(', ')}) FROM ${reader} AS ${GUESSED} POSITIONAL JOIN ${readAs(texts)} AS ${EXACT}`
}

const allAs = (names: readonly string[], type: string): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, type]))

/** Returns JSON for columns with whole numbers that DOUBLE has not, nothing for others. */
async function nestedTypes(
  connection: DuckDBConnection,
  reader: string,
  names: readonly string[]
): Promise<Record<string, string>> {
  if (names.length === 0) return {}
  const wrong = names.map((name) => {
    const numbers = `regexp_extract_all(regexp_replace(${quotedName(name)}::VARCHAR, ${quoted(TEXT)}, '', 'g'), ${quoted(LONG_NUMBER)})`
    return `bool_or(len(list_filter(${numbers}, lambda n: NOT ${isExact('n')})) > 0)`
  })
  const result = await connection.runAndReadAll(`SELECT ${wrong.join(', ')} FROM ${reader}`)
  const [row = []] = result.getRows()
  const found = names.flatMap((name, i) => (row[i] === null ? [] : [[name, row[i] === true ? 'JSON' : '']])) // prettier-ignore
  return Object.fromEntries(found) as Record<string, string>
}
