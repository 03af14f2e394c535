/** `parquet_retrieve_dataframe`: rows of a version of a dataset. */
import * as z from 'zod'
import { count, limit } from '../../api/schemas.js'
import { datasetRows } from '../../operations/dataset-get.js'
import { datasetShow } from '../../operations/dataset-show.js'
import { MOST_ROWS, USUAL_ROWS } from '../bounds.js'
import { datasetRef } from '../dataset-fields.js'
import { cursorInput, cursorOutput, positionOf } from '../listing.js'
import { tableAnswer, tableOutput } from '../table-answer.js'
import { FETCHING, tool } from '../tool.js'

export const parquetRetrieve = tool({
  name: 'parquet_retrieve_dataframe',
  title: 'Read rows of a dataset',
  description:
    'Gives rows of a dataset in their order, all columns or those that are named, all rows or those that a condition ' +
    'chooses. Many rows come in pages: pass `next_cursor` back as `cursor` with the same other arguments. To count, sum or ' +
    'join use parquet_query_datasets, which reads all rows without showing them.',
  input: z.strictObject({
    ref: datasetRef,
    columns: z.array(z.string().min(1)).min(1).max(500).optional().describe('By default all.'),
    where: z
      .string()
      .min(1)
      .max(10_000)
      .optional()
      .describe("A condition in SQL, such as `year > 2020 AND country = 'DE'`."),
    cursor: cursorInput.cursor,
    limit: limit.max(MOST_ROWS).default(USUAL_ROWS).describe('Most rows of one answer.')
  }),
  output: z.object({
    name: z.string(),
    version: z.int().nullable().describe('Null for one that is known by its CID alone.'),
    cid: z.string(),
    total_rows: count.describe('Rows of the version, whatever was chosen.'),
    ...tableOutput,
    ...cursorOutput
  }),
  annotations: FETCHING,
  call: async ({ ref, columns, where, cursor, limit }, { services, run }) => {
    const { name, version, cid, rows: total } = await datasetShow(services, { ref }, run)
    const offset = positionOf(cursor)
    // One more than are shown tells whether there are more.
    const choice = { ref: cid, columns, where, offset, limit: limit + 1, maxRows: limit + 1 }
    const found = await datasetRows(services, choice, run)
    const table = tableAnswer({ ...found, rows: found.rows.slice(0, limit) })
    const isCut = table.count < found.rows.length || found.truncated
    return {
      structured: {
        name,
        version,
        cid,
        total_rows: total,
        ...table,
        next_cursor: isCut ? String(offset + table.count) : null
      }
    }
  }
})
