/** How DuckDB reads the files that tables come from. */
import type { DuckDBConnection } from '@duckdb/node-api'
import type { SqlColumn, TableInput } from './ports.js'
import { quoted, quotedName } from './sandbox.js'

/** How far types are looked for: in the first rows, or in all. */
export type Sample = 'first' | 'all'

/** An input as DuckDB reads it: Arrow is Parquet by then, of several files where it is large. */
export interface ReadableInput extends TableInput {
  readonly files: readonly string[]
}

/** Returns the table function that reads a file, which is JSON or Parquet, or else text. */
export function readerOf({ files, format }: ReadableInput, sample: Sample): string {
  const name = `[${files.map(quoted).join(', ')}]`
  if (format === 'parquet') return `read_parquet(${name}, hive_partitioning = false)`
  // A key that first comes late in the file is a column, too.
  if (format === 'ndjson') return `read_json(${name}, sample_size = -1, maximum_object_size = 268435456, hive_partitioning = false)` // prettier-ignore
  const all = sample === 'all' ? ', sample_size = -1' : ''
  return `read_csv(${name}, hive_partitioning = false${all})`
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
