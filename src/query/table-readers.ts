/** How DuckDB reads the files that tables come from. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { KitError } from '../core/errors.js'
import { checkedJson, exactJsonSelect } from './exact-json.js'
import { checkedNumber, exactTypes, isLookedAt } from './exact-numbers.js'
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
 * @param types of columns of CSV that are not found out; of JSON, of the keys that are read.
 */
export function readerOf(
  input: ReadableInput,
  sample: Sample,
  types: Readonly<Record<string, string>> = {}
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
  if (format === 'ndjson') {
    // Where there are types, these keys alone are read.
    options.push(
      Object.keys(types).length > 0 ? `columns = ${structOf(types)}` : 'sample_size = -1'
    )
    return `read_json(${options.join(', ')}, maximum_object_size = 33554432)`
  }
  if (sample === 'all') options.push('sample_size = -1')
  if (Object.keys(types).length > 0) options.push(`types = ${structOf(types)}`)
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

/**
 * Returns the SELECT of all rows. Numbers of texts are looked at as they are read; it fails where one of them
 * would be another.
 * @param types of columns of CSV that are not found out.
 */
export async function selectOf(
  connection: DuckDBConnection,
  input: ReadableInput,
  types: Readonly<Record<string, string>> = {}
): Promise<string> {
  if (input.format === 'ndjson') return checkedJson(readerOf(input, 'first'))
  const reader = readerOf(input, 'first', types)
  if (input.format !== 'csv') return `FROM ${reader}`
  const columns = await columnsOfAll(connection, [reader])
  checkColumns(columns, input)
  const numbers = numbersAmong(columns, input)
  if (numbers.length === 0) return `FROM ${reader}`
  // So many expressions take longer than a look at all rows.
  if (numbers.length > MAX_CHECKED) return await exactSelectOf(connection, input, types)
  const checked = numbers.map(({ name, type }) => checkedNumber(name, type))
  const texts = textsOf(numbers)
  return `SELECT * REPLACE (${checked.join(', ')}) FROM ${readerOf(input, 'first', { ...types, ...texts })}`
}

/** Returns the SELECT of all rows of a text with types that fit all of them, after a look at each. */
export async function exactSelectOf(
  connection: DuckDBConnection,
  input: ReadableInput,
  types: Readonly<Record<string, string>> = {}
): Promise<string> {
  if (input.format === 'ndjson') return await exactJson(connection, input)
  const all = await columnsOfAll(connection, [readerOf(input, 'all', types)])
  const numbers = numbersAmong(all, input)
  const texts = textsOf(numbers)
  const exact = await exactTypes(connection, readerOf(input, 'all', { ...types, ...texts }), Object.keys(texts)) // prettier-ignore
  return `FROM ${readerOf(input, 'all', { ...types, ...exact })}`
}

async function exactJson(connection: DuckDBConnection, input: ReadableInput): Promise<string> {
  const reader = readerOf(input, 'all')
  const columns = await columnsOfAll(connection, [reader])
  const own = columns.filter(({ name }) => input.partitions?.[name] === undefined)
  const readAs = (types: Readonly<Record<string, string>>): string => readerOf({ ...input, partitions: undefined }, 'all', types) // prettier-ignore
  return await exactJsonSelect(connection, reader, own, readAs)
}

const numbersAmong = (columns: readonly SqlColumn[], input: ReadableInput): readonly SqlColumn[] =>
  columns.filter(({ name, type }) => isLookedAt(type) && input.partitions?.[name] === undefined)

const textsOf = (columns: readonly SqlColumn[]): Record<string, string> =>
  Object.fromEntries(columns.map(({ name }) => [name, 'VARCHAR']))

/**
 * Returns the types with which CSV is read for a table that is there: text stays as it is, a column
 * without a value has no type of its own, and numbers are those of the table.
 */
export async function typesFor(
  connection: DuckDBConnection,
  input: ReadableInput,
  columns: readonly SqlColumn[]
): Promise<Readonly<Record<string, string>>> {
  if (input.format !== 'csv') return {}
  const wanted = new Map(columns.map(({ name, type }) => [name.toLowerCase(), type]))
  const found = await columnsOfAll(connection, [readerOf(input, 'first')])
  const types: Record<string, string> = {}
  const texts: SqlColumn[] = []
  for (const { name, type } of found) {
    const own = wanted.get(name.toLowerCase())
    if (own === undefined) continue
    if (own === 'VARCHAR' || (isLookedAt(own) && isLookedAt(type) && own !== 'BIGINT'))
      types[name] = own // prettier-ignore
    else if (type === 'VARCHAR') texts.push({ name, type: own })
  }
  const empty = await namesWithout(connection, readerOf(input, 'first'), texts)
  const late = texts.filter(({ name }) => !empty.includes(name))
  for (const { name, type } of texts) if (empty.includes(name)) types[name] = type
  // The first rows may have no value of a column, and later ones have.
  const all = late.length === 0 ? [] : await columnsOfAll(connection, [readerOf(input, 'all')])
  for (const { name, type } of late)
    if (all.some((one) => one.name === name && one.type === type)) types[name] = type
  return types
}

/** Returns the names of those columns that have no value in any row; a list of nulls, or of nothing, is none. */
export async function namesWithout(
  connection: DuckDBConnection,
  reader: string,
  columns: readonly SqlColumn[]
): Promise<readonly string[]> {
  if (columns.length === 0) return []
  const counts = columns.map(({ name, type }) => type === 'JSON[]' ? `sum(list_aggregate(${quotedName(name)}, 'count'))` : `count(${quotedName(name)})`) // prettier-ignore
  const result = await connection.runAndReadAll(`SELECT ${counts.join(', ')} FROM ${reader}`)
  const [row = []] = result.getRows()
  return columns.filter((_, i) => Number(row[i] ?? 0) === 0).map(({ name }) => name)
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
