/** The rows of a statement, up to a number and a size. */
import type { DuckDBConnection, DuckDBResult } from '@duckdb/node-api'
import { boundTo } from './bound.js'
import { jsonValue } from './json-values.js'
import type { JsonValue, Parameters, SqlColumn, SqlRows } from './ports.js'

/** Most that rows may take as JSON, in characters; more go to a file. */
const MAX_CHARACTERS = 64 << 20

export async function readRows(
  connection: DuckDBConnection,
  sql: string,
  parameters: Parameters,
  maxRows: number
): Promise<SqlRows> {
  const result = await connection.stream(sql, ...boundTo(parameters))
  const rows: JsonValue[][] = []
  let characters = 0
  let truncated = false
  for await (const chunk of result.yieldConvertedRows(jsonValue)) {
    for (const row of chunk as JsonValue[][]) {
      if (rows.length === maxRows || characters > MAX_CHARACTERS) truncated = true
      else {
        rows.push(row)
        characters += JSON.stringify(row).length
      }
    }
    if (truncated) break
  }
  return { columns: columnsOf(result), rows, truncated, count: rows.length }
}

export function columnsOf(result: DuckDBResult): SqlColumn[] {
  const types = result.columnTypes()
  return result.columnNames().map((name, i) => ({ name, type: String(types[i]) }))
}
