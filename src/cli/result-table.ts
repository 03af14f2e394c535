/** Rows of a query as a table: names, types, a rule, values. */
import type { JsonValue, SqlRows } from '../query/ports.js'
import { table, widthOf } from './table.js'

const NUMBERS = /^(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|FLOAT|DOUBLE|BIGNUM|DECIMAL\(.*\))$/

export function resultTable({ columns, rows }: SqlRows): string[] {
  // A plan is a picture of its own.
  if (columns.map(({ name }) => name).join() === 'explain_key,explain_value')
    return rows.flatMap((row) => cellOf(row[1] ?? null).split('\n'))
  const head = [columns.map(({ name }) => name), columns.map(({ type }) => type)]
  const cells = rows.map((row) => row.map(cellOf))
  const right = columns.flatMap(({ type }, i) => (NUMBERS.test(type) ? [i] : []))
  const lines = table([...head, ...cells], right).map((line) => line.trimEnd())
  const width = Math.max(...lines.map(widthOf))
  return [...lines.slice(0, 2), '─'.repeat(Math.min(width, 100)), ...lines.slice(2)]
}

function cellOf(value: JsonValue): string {
  if (value === null) return 'NULL'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
