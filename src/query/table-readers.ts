/** How DuckDB reads the files that tables come from. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { KitError } from '../core/errors.js'
import type { Compression, NumberedValues, SqlColumn, TableInput } from './ports.js'
import { quoted, quotedName } from './sandbox.js'
import { compressionOf, firstBytes } from './text-check.js'
import { typeText } from './type-text.js'

/** Columns of whole numbers that are looked at one by one. */
const MAX_CHECKED = 200

/** What is said of a file whose lines have not all as many fields as its header. */
export const NO_SEPARATOR = 'no separator cuts all lines into as many fields as the header'

/** How far types are looked for: in the first rows, or in all. */
export type Sample = 'first' | 'all'

/** An input as DuckDB reads it: Arrow is Parquet by then, of several files where it is large. */
export interface ReadableInput extends Pick<TableInput, 'format'> {
  readonly files: readonly string[]
  readonly compression?: Compression | undefined
  /** Types of columns that are in the paths of the files. */
  readonly partitions?: Readonly<Record<string, string>> | undefined
  readonly numbered?: NumberedValues | undefined
}

/**
 * Returns the table function that reads a file, which is JSON or Parquet, or else text.
 * @param texts columns of CSV that are read as text.
 */
export function readerOf(
  input: ReadableInput,
  sample: Sample,
  texts: readonly string[] = []
): string {
  const { files, format, compression, partitions } = input
  if (input.numbered !== undefined) return numberedReader(input, input.numbered)
  const hive = partitions === undefined ? 'hive_partitioning = false' : `hive_partitioning = true, hive_types = ${structOf(partitions)}` // prettier-ignore
  const options = [
    `[${files.map(quoted).join(', ')}]`,
    hive,
    ...(compression === undefined ? [] : [`compression = ${quoted(compression)}`])
  ]
  if (format === 'parquet') return `read_parquet(${options.join(', ')})`
  // A key that first comes late in the file is a column, too.
  if (format === 'ndjson') return `read_json(${options.join(', ')}, sample_size = -1, maximum_object_size = 33554432)` // prettier-ignore
  if (sample === 'all') options.push('sample_size = -1')
  if (texts.length > 0) options.push(`types = ${structOf(Object.fromEntries(texts.map((one) => [one, 'VARCHAR'])))}`) // prettier-ignore
  return `read_csv(${options.join(', ')})`
}

/** Returns a subquery that has the values of partitions beside the columns of the files. */
function numberedReader(input: ReadableInput, numbered: NumberedValues): string {
  const { column, columns, partitionBy, values } = numbered
  const files = readerOf({ ...input, partitions: { [column]: 'BIGINT' }, numbered: undefined }, 'first') // prettier-ignore
  const list = columns.map(({ name, type }) => {
    const at = partitionBy.indexOf(name)
    if (at < 0) return quotedName(name)
    const all = values.map((one) => quotedOrNull(one[at] ?? null))
    return `CAST(([${all.join(', ')}]::VARCHAR[])[${quotedName(column)} + 1] AS ${typeText(type)}) AS ${quotedName(name)}` // prettier-ignore
  })
  return `(SELECT ${list.join(', ')} FROM ${files})`
}

const quotedOrNull = (text: string | null): string => (text === null ? 'NULL' : quoted(text))

/** Returns a SELECT of no rows. */
export const emptyTable = (columns: readonly SqlColumn[]): string =>
  `SELECT ${columns.map(({ name, type }) => `NULL::${typeText(type)} AS ${quotedName(name)}`).join(', ')} WHERE false`

/** Returns types by column as SQL writes them. */
export const structOf = (types: Readonly<Record<string, string>>): string => {
  const fields = Object.entries(types).map(([name, type]) => `${quotedName(name)}: ${quoted(type)}`)
  return `{${fields.join(', ')}}`
}

/** What an error says where the first rows have whole numbers, and a later one has none. */
export const DECEIVED = 'the first rows have whole numbers in column '

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
  const whole = columns
    .filter(({ type }) => type === 'BIGINT')
    .map(({ name }) => name)
    .filter((name) => input.partitions?.[name] === undefined)
  if (whole.length === 0) return `FROM ${reader}`
  // So many expressions take longer than a look at all rows.
  if (whole.length > MAX_CHECKED) return `FROM ${readerOf(input, 'all')}`
  const checked = whole.map((column) => {
    const name = quotedName(column)
    return `CASE WHEN contains(${name}, '.') THEN error(${quoted(`${DECEIVED}${column}, and a later one has `)} || ${name}) ELSE ${name}::BIGINT END AS ${name}`
  })
  return `SELECT * REPLACE (${checked.join(', ')}) FROM ${readerOf(input, 'first', whole)}`
}

/**
 * Refuses a header of many names that is taken for one: where no separator fits all lines, DuckDB takes a
 * file for a list of whole lines. @throws CORRUPT_FORMAT.
 */
function checkColumns(columns: readonly SqlColumn[], input: ReadableInput): void {
  const [file = ''] = input.files
  const [only] = columns
  if (columns.length !== 1 || only === undefined || !/[,;\t|]/.test(only.name)) return
  // A name in quotes may have any character.
  if (compressionOf(file, input.compression) === undefined && !firstBytes(file).includes('"'))
    throw new KitError('CORRUPT_FORMAT', `${NO_SEPARATOR}: ${only.name}`)
}

/** Returns whether all rows of a text fit other types of numbers or times: a text among numbers is a mistake. */
export async function isWidened(
  connection: DuckDBConnection,
  input: ReadableInput
): Promise<boolean> {
  const before = await columnsOfAll(connection, [readerOf(input, 'first')])
  const after = await columnsOfAll(connection, [readerOf(input, 'all')])
  return after.length === before.length && after.every(({ type }, i) => type !== 'VARCHAR' || before[i]!.type === 'VARCHAR') // prettier-ignore
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
  `CREATE TABLE ${name} (${columns.map((one) => `${quotedName(one.name)} ${typeText(one.type)}`).join(', ')})`
