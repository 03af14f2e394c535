/** A table as DuckDB sees it: a view over its files. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { isKitError } from '../core/errors.js'
import { inputFailure } from './input-failure.js'
import type { TableSource } from './ports.js'
import { quoted, quotedName } from './sandbox.js'
import { emptyTable, exactSelectOf, readerOf, selectOf, structOf } from './table-readers.js'
import { checkText, isText } from './text-check.js'

/**
 * How types of text files are found: in the first rows, in all, or in the first ones with a look at numbers
 * as they are read.
 */
export type Types = 'first' | 'all' | 'checked'

/** Returns whether the types of a table are found in its text. */
export const isGuessed = ({ format, columns }: TableSource): boolean =>
  isText(format) && columns === undefined

/** Returns what the user calls a file of a table. */
export const pathOf = ({ name, paths }: TableSource, i: number): string => paths?.[i] ?? name

/** Returns the statement that makes the view. Arrow files are Parquet by then. @throws CORRUPT_FORMAT naming a file. */
export async function viewOf(
  connection: DuckDBConnection,
  table: TableSource,
  types: Types
): Promise<string> {
  const select = isGuessed(table) ? await guessed(connection, table, types) : known(table)
  return `CREATE VIEW ${quotedName(table.name)} AS ${select}`
}

async function guessed(
  connection: DuckDBConnection,
  table: TableSource,
  types: Types
): Promise<string> {
  const { files, compression } = table
  let at = 0
  try {
    for (; at < files.length; at++) checkText(files[at]!, compression)
    at = 0
    if (types === 'checked') return await selectOf(connection, table)
    return types === 'all'
      ? await exactSelectOf(connection, table)
      : `FROM ${readerOf(table, types)}`
  } catch (error) {
    if (!isKitError(error, 'CORRUPT_FORMAT')) throw error
    throw await inputFailure(error, { ...table, file: files[at]! }, pathOf(table, at))
  }
}

function known(table: TableSource): string {
  const { files, columns, format, numbered } = table
  if (files.length === 0 && numbered !== undefined) return emptyTable(numbered.columns)
  if (columns === undefined) return `FROM ${readerOf({ ...table, format: 'parquet' }, 'first')}`
  const list = `[${files.map(quoted).join(', ')}]`
  if (format === 'csv') return `FROM read_csv(${list}, columns = ${structOf(columns)})`
  return `FROM read_json(${list}, columns = ${structOf(columns)}, format = 'newline_delimited')`
}
