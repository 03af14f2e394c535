/** The interactive shell of `query`: statements that end in a semicolon, history, completion. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { utf8 } from '../core/bytes.js'
import { toKitError } from '../core/errors.js'
import { replaceFile } from '../core/fs-durable.js'
import { openQueries, type OpenQueries } from '../operations/query-session.js'
import { queryLimitsFrom } from '../operations/query-limits.js'
import type { Context } from './context.js'
import { counted } from './counted.js'
import { resultTable } from './result-table.js'

const HISTORY_LINES = 1000
const MAX_ROWS = 1000
const KEYWORDS = 'ALL AND AS ASC BETWEEN BY CASE CAST COUNT CROSS DESC DESCRIBE DISTINCT ELSE END EXPLAIN FROM GROUP HAVING IN INNER IS JOIN LEFT LIKE LIMIT NOT NULL OFFSET ON OR ORDER OUTER OVER PARTITION QUALIFY SELECT SUM SUMMARIZE THEN UNION UNNEST USING VALUES WHEN WHERE WITH'.split(' ') // prettier-ignore
const HELP = [
  'A statement ends in a semicolon. Tab completes tables and keywords.',
  '.tables   list the tables',
  '.quit     leave (or Ctrl-D); Ctrl-C drops what was typed'
]

/** Returns completions of the last word of a line, as readline takes them. */
export function completions(line: string, tables: readonly string[]): [string[], string] {
  const word = /[\w./@-]*$/.exec(line)?.[0] ?? ''
  const folded = word.toLowerCase()
  const words = [...tables.map(quotedIfNeeded), ...KEYWORDS, '.tables', '.quit', '.help']
  const found = word === '' ? [] : words.filter((one) => one.toLowerCase().startsWith(folded))
  return [found, word]
}

const quotedIfNeeded = (name: string): string => (/^\w+$/.test(name) ? name : `"${name}"`)

export async function runShell(context: Context): Promise<void> {
  const session = await openQueries(context.services, context.run)
  try {
    const tables = await session.tables()
    await new Shell(context, session, tables).run()
  } finally {
    await session.close()
  }
}

class Shell {
  readonly #context: Context
  readonly #session: OpenQueries
  readonly #tables: readonly string[]
  #typed: string[] = []

  constructor(context: Context, session: OpenQueries, tables: readonly string[]) {
    this.#context = context
    this.#session = session
    this.#tables = tables
  }

  async run(): Promise<void> {
    const { home } = this.#context
    const history = join(home, 'query_history')
    const lines = createInterface({
      input: process.stdin,
      output: process.stdout,
      history: historyIn(history),
      historySize: HISTORY_LINES,
      removeHistoryDuplicates: true,
      completer: (line: string) => completions(line, this.#tables)
    })
    lines.on('history', (entries: string[]) => keepHistory(home, history, entries))
    lines.on('SIGINT', () => {
      this.#typed = []
      process.stdout.write('\n')
      this.#ask(lines)
    })
    this.#context.note('SQL, ended by a semicolon; .help for help')
    this.#ask(lines)
    for await (const line of lines) {
      if (await this.#take(line)) break
      this.#ask(lines)
    }
    lines.close()
  }

  #ask(lines: ReturnType<typeof createInterface>): void {
    lines.setPrompt(this.#typed.length === 0 ? 'sql> ' : '...> ')
    lines.prompt()
  }

  /** @returns whether the shell is to end. */
  async #take(line: string): Promise<boolean> {
    if (this.#typed.length === 0 && line.trimStart().startsWith('.')) return this.#command(line.trim()) // prettier-ignore
    if (this.#typed.length === 0 && line.trim() === '') return false
    this.#typed.push(line)
    if (!line.trimEnd().endsWith(';')) return false
    const sql = this.#typed.join('\n')
    this.#typed = []
    await this.#answer(sql)
    return false
  }

  #command(word: string): boolean {
    if (word === '.quit' || word === '.exit') return true
    if (word === '.tables') this.#context.print(this.#tables)
    else this.#context.print(HELP)
    return false
  }

  async #answer(sql: string): Promise<void> {
    const context = this.#context
    try {
      const request = { sql, limits: queryLimitsFrom(context.config), maxRows: MAX_ROWS }
      const result = await this.#session.ask(request)
      context.print(resultTable(result))
      context.note(`${counted(result.count, 'row')} in ${result.elapsedMs} ms${result.truncated ? ', and there are more' : ''}`) // prettier-ignore
    } catch (error) {
      context.note(toKitError(error).message)
    }
  }
}

/** Returns what was typed before, the newest first. */
const historyIn = (path: string): string[] =>
  existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : []

function keepHistory(home: string, path: string, entries: readonly string[]): void {
  // A home that was never made is not made by looking.
  if (!existsSync(home)) return
  replaceFile(path, utf8(`${entries.join('\n')}\n`))
}
