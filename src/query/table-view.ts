/** A table as DuckDB sees it: a view over its files. */
import type { TableSource } from './ports.js'
import { quoted, quotedName } from './sandbox.js'

const READERS = { parquet: 'read_parquet', csv: 'read_csv', ndjson: 'read_json', arrow: 'read_parquet' } as const // prettier-ignore

/** Returns the statement that makes the view. Arrow files are Parquet by then. */
export function viewOf({
  name,
  files,
  format,
  columns,
  compression,
  partitions
}: TableSource): string {
  const list = `[${files.map(quoted).join(', ')}]`
  const options = [
    columns === undefined ? '' : `, columns = ${structOf(columns)}`,
    partitions === undefined
      ? ''
      : `, hive_partitioning = true, hive_types = ${structOf(partitions)}`,
    compression === undefined ? '' : `, compression = ${quoted(compression)}`,
    format === 'ndjson' && columns !== undefined ? ", format = 'newline_delimited'" : ''
  ]
  return `CREATE VIEW ${quotedName(name)} AS SELECT * FROM ${READERS[format]}(${list}${options.join('')})`
}

const structOf = (columns: Readonly<Record<string, string>>): string =>
  `{${Object.entries(columns)
    .map(([name, type]) => `${quotedName(name)}: ${quoted(type)}`)
    .join(', ')}}`
