/** Rows as an answer: as many as an assistant can read, long values cut. */
import * as z from 'zod'
import { column, count } from '../api/schemas.js'
import type { JsonValue, SqlRows } from '../query/ports.js'
import { MOST_TEXT } from './bounds.js'
import { NOTICE, noticeField } from './notice.js'

/** Characters of one value. */
const MOST_VALUE = 4000

export const tableOutput = {
  notice: noticeField,
  columns: z.array(
    column.extend({ type: column.shape.type.describe('The type in words of DuckDB.') })
  ),
  rows: z
    .array(z.array(z.json()))
    .describe(
      'Values in the order of the columns. Numbers beyond 2^53, decimals and bytes are texts.'
    ),
  count: count.describe('Rows of this answer.'),
  cut_values: count.describe(`Values that were too long and end in "… (N characters)".`)
}

type TableFields = z.input<z.ZodObject<typeof tableOutput>>

/** @returns the answer; its `count` is less than there were rows where the text would be too long. */
export function tableAnswer({ columns, rows }: SqlRows): TableFields {
  const cutter = new Cutter()
  const shown: z.input<typeof tableOutput.rows> = []
  let size = 0
  for (const row of rows) {
    const cells = row.map((value) => cutter.cut(value))
    size += JSON.stringify(cells).length
    if (size > MOST_TEXT && shown.length > 0) break
    shown.push(cells as z.input<typeof tableOutput.rows>[number])
  }
  return {
    notice: NOTICE,
    columns: columns.map(({ name, type }) => ({ name, type })),
    rows: shown,
    count: shown.length,
    cut_values: cutter.count
  }
}

class Cutter {
  count = 0

  cut(value: JsonValue): JsonValue {
    const text = typeof value === 'string' ? value : isNested(value) ? JSON.stringify(value) : ''
    if (text.length <= MOST_VALUE) return value
    this.count++
    return `${text.slice(0, MOST_VALUE)}… (${text.length} characters)`
  }
}

const isNested = (value: JsonValue): boolean => typeof value === 'object' && value !== null
