/** The columns of several files, of which some have no value in them: a header, or nulls, say nothing of types. */
import type { DuckDBConnection } from '@duckdb/node-api'
import type { SqlColumn } from './ports.js'
import { quotedName } from './sandbox.js'
import { columnsOfAll, namesWithout, readerOf, type ReadableInput } from './table-readers.js'

/** Types that DuckDB finds where there is no value: in CSV, and in JSON, of which it has lists of them. */
const UNKNOWN = /^(VARCHAR|JSON|JSON\[\])$/

/** Returns the columns of all files, with the types that their values have, if any file has some. */
export async function valuedColumns(
  connection: DuckDBConnection,
  inputs: readonly ReadableInput[]
): Promise<SqlColumn[]> {
  const all = await columnsOfAll(connection, inputs.map((input) => readerOf(input, 'first'))) // prettier-ignore
  const columns = await withoutEmpty(connection, inputs, all)
  // Lists without values are known as such when nulls are no longer in their way.
  const isSame = columns.every(({ type }, i) => type === all[i]!.type)
  return isSame ? columns : await withoutEmpty(connection, inputs, columns)
}

async function withoutEmpty(
  connection: DuckDBConnection,
  inputs: readonly ReadableInput[],
  all: SqlColumn[]
): Promise<SqlColumn[]> {
  const readers = inputs.map((input) => readerOf(input, 'first'))
  const own: SqlColumn[][] = []
  for (const reader of readers) own.push(await columnsOfAll(connection, [reader]))
  // Rows are looked at for columns alone that some file has with another type.
  const unlike = columnsUnlike(all, own.flat())
  const valued: string[] = []
  for (const [i, reader] of readers.entries())
    valued.push(...(inputs[i]!.format === 'parquet' ? [reader] : await withValues(connection, reader, unlike, own[i]))) // prettier-ignore
  const isLess = valued.length < readers.length || valued.some((one, i) => one !== readers[i])
  if (!isLess || valued.length === 0) return all
  const found = await columnsOfAll(connection, valued)
  const types = new Map(found.map(({ name, type }) => [name.toLowerCase(), type]))
  return all.map(({ name, type }) => ({ name, type: types.get(name.toLowerCase()) ?? type }))
}

/** Returns the columns that stand among some others with another type. */
function columnsUnlike(columns: readonly SqlColumn[], others: readonly SqlColumn[]): SqlColumn[] {
  const first = new Map<string, string>()
  const unlike = new Set<string>()
  for (const { name, type } of others) {
    const folded = name.toLowerCase()
    if ((first.get(folded) ?? type) !== type) unlike.add(folded)
    first.set(folded, type)
  }
  return columns.filter(({ name }) => unlike.has(name.toLowerCase()))
}

/**
 * Returns a reader with those columns alone that say something of types, where there are any.
 * @param others columns that its rows are to fit. @param own columns of the reader, where they are known.
 */
export async function withValues(
  connection: DuckDBConnection,
  reader: string,
  others: readonly SqlColumn[],
  own?: readonly SqlColumn[]
): Promise<readonly string[]> {
  const mine = own ?? (await columnsOfAll(connection, [reader]))
  const wanted = new Map(others.map(({ name, type }) => [name.toLowerCase(), type]))
  const unknown = mine.filter(({ name, type }) => {
    const other = wanted.get(name.toLowerCase())
    if (!UNKNOWN.test(type) || other === undefined) return false
    // Lists without values are lists.
    return type !== 'JSON[]' || other.endsWith('[]')
  })
  const empty = await namesWithout(connection, reader, unknown)
  if (empty.length === 0) return [reader]
  if (empty.length === mine.length) return []
  return [`(SELECT * EXCLUDE (${empty.map(quotedName).join(', ')}) FROM ${reader})`]
}
