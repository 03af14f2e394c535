import { z } from 'zod'
import { Verbatim } from '../../core/snake-case.js'
import { query } from '../../operations/query.js'
import { queryList, queryRemove, querySave } from '../../operations/query-saved.js'
import { queryTables } from '../../operations/query-tables.js'
import { inArea } from '../api-operation.js'
import { column, count, limit, nothing, sql, sqlParameters, text, value } from '../schemas.js'

const operation = inArea('queries')

const name = z.string().min(1)
const saved = z.object({ name, sql })

/** Rows of an answer. */
const STANDARD_ROWS = 1000

export const queryOperations = [
  operation({
    name: 'query',
    method: 'POST',
    path: '/query',
    title: 'Ask in SQL',
    description:
      'Runs one SELECT over datasets by name, files by their CID path, and the tables `pins`, `metadata`, `datasets`, `backends`, `cache` and `wal`.',
    input: z.strictObject({
      sql,
      parameters: sqlParameters.optional(),
      max_rows: limit.optional()
    }),
    result: z.object({
      columns: z.array(column),
      rows: z.array(z.array(value)),
      truncated: z.boolean(),
      count,
      elapsed_ms: z.number()
    }),
    isLong: true,
    call: async (
      { services, run, limits },
      { sql, parameters, max_rows: maxRows = STANDARD_ROWS }
    ) => {
      const found = await query(services, { sql, parameters, maxRows, limits: limits() }, run)
      return { ...found, rows: new Verbatim(found.rows) }
    }
  }),
  operation({
    name: 'query tables',
    method: 'GET',
    path: '/query/tables',
    title: 'List the tables of SQL',
    description: 'Lists what a statement may name, beside files by their CID path.',
    input: nothing,
    result: z.object({ tables: z.array(text) }),
    call: ({ services, run }) => queryTables(services, {}, run)
  }),
  operation({
    name: 'query ls',
    method: 'GET',
    path: '/queries',
    title: 'List saved queries',
    description: 'Lists queries under names, with their SQL.',
    input: nothing,
    result: z.object({ queries: z.array(saved) }),
    call: ({ services, run }) => queryList(services, {}, run)
  }),
  operation({
    name: 'query save',
    method: 'PUT',
    path: '/queries/{name}',
    title: 'Save a query',
    description: 'Keeps a statement under a name, which replaces an earlier one.',
    input: z.strictObject({ name, sql }),
    result: saved,
    call: ({ services, run }, request) => querySave(services, request, run)
  }),
  operation({
    name: 'query rm',
    method: 'DELETE',
    path: '/queries/{name}',
    title: 'Remove a saved query',
    description: 'Forgets a saved query.',
    input: z.strictObject({ name }),
    result: z.object({ removed: z.array(name) }),
    call: ({ services, run }, input) => queryRemove(services, { names: [input.name] }, run)
  })
]
