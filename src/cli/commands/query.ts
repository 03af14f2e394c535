/** `query`: asks in SQL. */
import { text } from 'node:stream/consumers'
import { parseDuration, parseSize } from '../../config/units.js'
import { KitError } from '../../core/errors.js'
import { Verbatim } from '../../core/snake-case.js'
import { query, queryBytes, queryToFile, type QueryRequest, type QueryResult } from '../../operations/query.js' // prettier-ignore
import { queryLimitsFrom } from '../../operations/query-limits.js'
import { checkSavedName, querySave, queryText } from '../../operations/query-saved.js'
import { queryTables } from '../../operations/query-tables.js'
import type { ResultFormat } from '../../query/ports.js'
import { counted } from '../counted.js'
import { flagOf, listOf, valueOf, type Context } from '../context.js'
import { formatOfFile, isBinary, QUERY_FORMATS } from '../query-formats.js'
import { parametersOf } from '../query-parameters.js'
import { resultTable } from '../result-table.js'
import { countFrom, wordFrom } from '../values.js'

export async function run(context: Context): Promise<void> {
  if (flagOf(context, 'tables')) return await listTables(context)
  const sql = await statementOf(context)
  if (sql === undefined) return await (await import('../query-shell.js')).runShell(context)
  const request = requestOf(context, sql)
  const save = valueOf(context, 'save')
  if (save !== undefined) checkSavedName(save)
  await ask(context, request)
  // What does not run is not worth a name.
  if (save !== undefined) await querySave(context.services, { name: save, sql }, context.run)
}

async function ask(context: Context, request: QueryRequest): Promise<void> {
  const named = valueOf(context, 'output')
  const output = named === '-' ? undefined : named
  const format = wordFrom(context, 'format', QUERY_FORMATS)
  if (output !== undefined) return await toFile(context, request, output, format)
  if (context.json || format === undefined || format === 'table') return await show(context, request) // prettier-ignore
  if (isBinary(format) && process.stdout.isTTY)
    throw new KitError('USAGE', `${format} is no text for a terminal; name a file with -o`)
  await queryBytes(
    context.services,
    { ...request, format },
    (bytes) => context.write(bytes),
    context.run
  )
}

/** Returns the text that is to run; undefined where somebody is to type it. */
async function statementOf(context: Context): Promise<string | undefined> {
  const saved = valueOf(context, 'saved')
  const [given] = context.args
  if (saved !== undefined && given !== undefined)
    throw new KitError('USAGE', 'give SQL, or the name of a saved query with --saved, but not both')
  if (saved !== undefined) return queryText(context.services, saved)
  if (given !== undefined && given !== '-') return given
  if (given === undefined && process.stdin.isTTY && process.stdout.isTTY && !context.json) return undefined // prettier-ignore
  return await text(process.stdin)
}

function requestOf(context: Context, sql: string): QueryRequest {
  const timeout = valueOf(context, 'timeout')
  const memory = valueOf(context, 'memory')
  return {
    sql,
    parameters: parametersOf(listOf(context, 'param')),
    maxRows: countFrom(context, 'max-rows'),
    limits: queryLimitsFrom(context.config, {
      ...(timeout === undefined ? {} : { deadlineMs: parseDuration(timeout) }),
      ...(memory === undefined ? {} : { memoryBytes: parseSize(memory) })
    })
  }
}

async function toFile(
  context: Context,
  request: QueryRequest,
  output: string,
  given: string | undefined
): Promise<void> {
  const format = given ?? formatOfFile(output)
  if (format === undefined || format === 'table')
    throw new KitError('USAGE', `${output} does not end in the name of a format; name it with --format`) // prettier-ignore
  const { columns, count, elapsedMs } = await queryToFile(
    context.services,
    { ...request, output, format: format as ResultFormat },
    context.run
  )
  if (context.json) context.answer({ output, format, columns, count, elapsedMs })
  else context.note(`saved ${counted(count, 'row')} to ${output}`)
}

async function show(context: Context, request: QueryRequest): Promise<void> {
  const result = await query(context.services, request, context.run)
  const { columns, truncated, count, elapsedMs } = result
  if (context.json)
    return context.answer({
      columns,
      rows: new Verbatim(objectsOf(result)),
      count,
      truncated,
      elapsedMs
    })
  context.print(resultTable(result))
  const more = truncated ? ', and there are more; `--max-rows N` or `-o FILE` has them' : ''
  context.note(`${counted(count, 'row')} in ${elapsedMs} ms${more}`)
}

/** Returns rows as objects; a column that has the name of an earlier one gets a number. */
export function objectsOf({ columns, rows }: QueryResult): object[] {
  const names: string[] = []
  for (const { name } of columns) {
    let own = name
    for (let i = 1; names.includes(own); i++) own = `${name}_${i}`
    names.push(own)
  }
  return rows.map((row) => Object.fromEntries(row.map((value, i) => [names[i]!, value])))
}

async function listTables(context: Context): Promise<void> {
  const { tables } = await queryTables(context.services, {}, context.run)
  if (context.json) context.answer({ tables })
  else context.print(tables)
}
