/** How DuckDB reads the files that tables come from. */
import { closeSync, openSync, readSync } from 'node:fs'
import type { DuckDBConnection } from '@duckdb/node-api'
import { KitError } from '../core/errors.js'
import type { SqlColumn, TableInput } from './ports.js'
import { quoted, quotedName } from './sandbox.js'

/** Columns of whole numbers that are looked at one by one. */
const MAX_CHECKED = 200

/** What is said of a file whose lines have not all as many fields as its header. */
export const NO_SEPARATOR = 'no separator cuts all lines into as many fields as the header'

/** How far types are looked for: in the first rows, or in all. */
export type Sample = 'first' | 'all'

/** An input as DuckDB reads it: Arrow is Parquet by then, of several files where it is large. */
export interface ReadableInput extends TableInput {
  readonly files: readonly string[]
}

/**
 * Returns the table function that reads a file, which is JSON or Parquet, or else text.
 * @param texts columns of CSV that are read as text.
 */
export function readerOf(
  { files, format }: ReadableInput,
  sample: Sample,
  texts: readonly string[] = []
): string {
  const name = `[${files.map(quoted).join(', ')}]`
  if (format === 'parquet') return `read_parquet(${name}, hive_partitioning = false)`
  // A key that first comes late in the file is a column, too.
  if (format === 'ndjson') return `read_json(${name}, sample_size = -1, maximum_object_size = 33554432, hive_partitioning = false)` // prettier-ignore
  const all = sample === 'all' ? ', sample_size = -1' : ''
  const types = texts.map((column) => `${quoted(column)}: 'VARCHAR'`).join(', ')
  return `read_csv(${name}, hive_partitioning = false${all}${types === '' ? '' : `, types = {${types}}`})`
}

/**
 * Returns the SELECT of all rows. DuckDB rounds a fraction in a column of whole numbers of a text file,
 * which would be other rows: such columns are read as text and looked at.
 */
export async function selectOf(
  connection: DuckDBConnection,
  input: ReadableInput
): Promise<string> {
  // prettier-ignore
  const reader = readerOf(input, 'first')
  if (input.format !== 'csv') return `FROM ${reader}`
  const columns = await columnsOfAll(connection, [reader])
  checkColumns(columns, input)
  const whole = columns.filter(({ type }) => type === 'BIGINT').map(({ name }) => name)
  if (whole.length === 0) return `FROM ${reader}`
  // So many expressions take longer than a look at all rows.
  if (whole.length > MAX_CHECKED) return `FROM ${readerOf(input, 'all')}`
  const checked = whole.map((column) => {
    const name = quotedName(column)
    return `CASE WHEN contains(${name}, '.') THEN error(${quoted(`the first rows have whole numbers in column ${column}, and a later one has `)} || ${name}) ELSE ${name}::BIGINT END AS ${name}`
  })
  return `SELECT * REPLACE (${checked.join(', ')}) FROM ${readerOf(input, 'first', whole)}`
}

/**
 * Refuses a header of many names that is taken for one: where no separator fits all lines, DuckDB takes a
 * file for a list of whole lines. @throws CORRUPT_FORMAT.
 */
function checkColumns(columns: readonly SqlColumn[], { file }: TableInput): void {
  const [only] = columns
  if (columns.length !== 1 || only === undefined || !/[,;\t|]/.test(only.name)) return
  // A name in quotes may have any character.
  if (!/\.(gz|zst)$/i.test(file) && !firstBytes(file).includes('"'))
    throw new KitError('CORRUPT_FORMAT', `${NO_SEPARATOR}: ${only.name}`)
}

function firstBytes(file: string): string {
  const fd = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(4096)
    return bytes.toString('latin1', 0, readSync(fd, bytes))
  } finally {
    closeSync(fd)
  }
}

/** Returns the columns that fit all of some readers, by name. */
export async function columnsOfAll(
  connection: DuckDBConnection,
  readers: readonly string[]
): Promise<SqlColumn[]> {
  const all = readers.map((reader) => `FROM ${reader}`).join(' UNION ALL BY NAME ')
  const result = await connection.runAndReadAll(`DESCRIBE (${all})`)
  return result.getRows().map(([name, type]) => ({ name: String(name), type: String(type) }))
}

/** Returns the definition of a table of columns. */
export const tableOf = (name: string, columns: readonly SqlColumn[]): string =>
  `CREATE TABLE ${name} (${columns.map((one) => `${quotedName(one.name)} ${one.type}`).join(', ')})`
