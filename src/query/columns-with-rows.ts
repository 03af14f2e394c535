/** The columns of several files, of which some may have no rows: a header says nothing of types. */
import type { DuckDBConnection } from '@duckdb/node-api'
import type { SqlColumn } from './ports.js'
import { columnsOfAll, readerOf, type ReadableInput } from './table-readers.js'

/** Returns the columns of all files, with the types of those that have rows, if any has. */
export async function columnsWithRows(
  connection: DuckDBConnection,
  inputs: readonly ReadableInput[]
): Promise<SqlColumn[]> {
  const readers = inputs.map((input) => readerOf(input, 'first'))
  const all = await columnsOfAll(connection, readers)
  const filled: string[] = []
  for (const [i, reader] of readers.entries()) {
    const isEmpty = inputs[i]!.format === 'csv' && (await connection.runAndReadAll(`FROM ${reader} LIMIT 1`)).currentRowCount === 0 // prettier-ignore
    if (!isEmpty) filled.push(reader)
  }
  if (filled.length === 0 || filled.length === readers.length) return all
  const types = new Map((await columnsOfAll(connection, filled)).map(({ name, type }) => [name.toLowerCase(), type])) // prettier-ignore
  return all.map(({ name, type }) => ({ name, type: types.get(name.toLowerCase()) ?? type }))
}
