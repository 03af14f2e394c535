/** Types of DuckDB that Parquet has none of, as those that keep the values: of whole numbers DOUBLE would be made. */
import { WIDE } from './exact-numbers.js'

const STORED_AS: Readonly<Record<string, string>> = {
  HUGEINT: WIDE,
  UHUGEINT: WIDE,
  BIGNUM: 'VARCHAR',
  BIT: 'VARCHAR',
  'TIME WITH TIME ZONE': 'VARCHAR'
}

/** A name or a value in quotes, or one of these types, in whatever it is nested; a name has a type behind it. */
const PIECE = new RegExp(`"(?:[^"]|"")*"|'(?:[^']|'')*'|\\b(?:${Object.keys(STORED_AS).join('|')})(?=$|[[,)])`, 'g') // prettier-ignore

/** Returns the type with which the values of another one are stored. Fields of `row(…)` have no names, and a file needs some. */
export function storableType(type: string): string {
  let count = 0
  return type.replaceAll(PIECE, (piece) => piece === '""' ? `"_${count++}"` : (STORED_AS[piece] ?? piece)) // prettier-ignore
}
