/** `parquet_query_datasets`: one SELECT. */
import * as z from 'zod'
import { count, limit, sql as statement, sqlParameters } from '../../api/schemas.js'
import { query } from '../../operations/query.js'
import { MOST_ROWS, USUAL_ROWS } from '../bounds.js'
import { tableAnswer, tableOutput } from '../table-answer.js'
import { FETCHING, tool } from '../tool.js'

export const parquetQuery = tool({
  name: 'parquet_query_datasets',
  title: 'Query in SQL',
  description:
    'Runs one SELECT in the SQL of DuckDB and gives its rows. Tables are datasets by name (FROM sales, FROM "sales@v3"), ' +
    "files by their CID (FROM '/ipfs/CID/t.parquet', '/ipfs/CID/*.csv'), and what the storage knows of itself (pins, " +
    'pin_mappings, backends, cache, wal, datasets, dataset_versions). It cannot change anything, nor reach other files or the ' +
    'network. Prefer aggregates; where there are more rows than fit, add LIMIT and OFFSET with an ORDER BY.',
  input: z.strictObject({
    sql: statement.describe('One SELECT, or EXPLAIN of one.'),
    parameters: sqlParameters.optional().describe('Values for $name in the text.'),
    limit: limit.max(MOST_ROWS).default(USUAL_ROWS).describe('Most rows of the answer.')
  }),
  output: z.object({
    ...tableOutput,
    truncated: z.boolean().describe('Whether the result has more rows than this answer.'),
    elapsed_ms: count
  }),
  annotations: FETCHING,
  call: async ({ sql, parameters, limit }, { services, run, settings }) => {
    const found = await query(
      services,
      { sql, parameters, maxRows: limit, limits: settings.limits },
      run
    )
    const table = tableAnswer(found)
    const truncated = found.truncated || table.count < found.rows.length
    return { structured: { ...table, truncated, elapsed_ms: found.elapsedMs } }
  }
})
