/**
 * The gate before a user's SQL. DuckDB itself parses the text (json_serialize_sql serializes nothing
 * but SELECT) on a connection that has no files, and here every table and function of the tree is
 * looked at: a name that is not on a list is refused.
 */
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import { KitError } from '../core/errors.js'
import {
  ALLOWED_FUNCTIONS,
  ALLOWED_TABLE_FUNCTIONS,
  READING_FUNCTIONS,
  VOLATILE_FUNCTIONS
} from './allowed-functions.js'
import { splitExplain } from './explain.js'

/** Longest text of a statement, in bytes. */
const MAX_TEXT = 1 << 20

type Tree = Readonly<Record<string, unknown>>

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null

/** What is used by a statement that may run. */
export interface Passed {
  /** Names of tables, and the files of functions that read some, in order of the text. */
  readonly tables: readonly string[]
  /** Those of them that stand in FROM by their names. */
  readonly named: ReadonlySet<string>
  /** The paths of files in functions, which are to be replaced. */
  readonly files: readonly NamedFile[]
  /** Whether it calls a function of time or chance, or takes a sample. */
  readonly isVolatile: boolean
}

/** A path in the text of a statement, as the argument of a function that reads it. */
export interface NamedFile {
  readonly path: string
  /** Where it stands, in bytes of UTF-8 from the beginning of the statement without EXPLAIN. */
  readonly at: number
  readonly isInList: boolean
}

/** Statements that are remembered, of at most so many characters. */
const REMEMBERED = { statements: 200, characters: 10_000 } as const

export class Gate {
  /** A connection without files or extensions, which parses. */
  #parser: Promise<DuckDBConnection> | undefined
  /** What passed, so that a statement that is looked at before it runs is parsed once. */
  readonly #passed = new Map<string, Passed>()

  /** Makes what parses, ahead of the first statement. */
  open(): void {
    this.#parser ??= openParser()
    // The statement that needs it is told.
    this.#parser.catch(() => undefined)
  }

  /** @throws ACCESS_DENIED for what is not allowed, INVALID_ARGUMENT for a text that is no SQL. */
  async pass(sql: string): Promise<Passed> {
    const known = this.#passed.get(sql)
    if (known !== undefined) return known
    if (Buffer.byteLength(sql) > MAX_TEXT)
      throw new KitError('TOO_LARGE', `a statement has at most ${MAX_TEXT} bytes`)
    this.open()
    const tree = await parse(await this.#parser!, splitExplain(sql).statement)
    const walk = new Walk()
    walk.visit(tree, new Set())
    const passed = {
      tables: [...walk.tables],
      named: walk.named,
      files: walk.files,
      isVolatile: walk.isVolatile
    }
    if (sql.length <= REMEMBERED.characters) this.#remember(sql, passed)
    return passed
  }

  #remember(sql: string, passed: Passed): void {
    if (this.#passed.size >= REMEMBERED.statements) this.#passed.clear()
    this.#passed.set(sql, passed)
  }
}

async function openParser(): Promise<DuckDBConnection> {
  const config = { enable_external_access: 'false', lock_configuration: 'true', threads: '1' }
  return await (await DuckDBInstance.create(':memory:', config)).connect()
}

async function parse(connection: DuckDBConnection, statement: string): Promise<Tree> {
  const reader = await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [
    statement
  ])
  const answer = JSON.parse(String(reader.value(0, 0))) as Tree
  if (answer['error'] === true) throw refusal(answer)
  const statements = answer['statements'] as readonly unknown[]
  if (statements.length === 0)
    throw new KitError('INVALID_ARGUMENT', 'SQL: the text has no statement')
  if (statements.length !== 1)
    throw new KitError('ACCESS_DENIED', `one SELECT at a time, please: the text has ${statements.length} statements`) // prettier-ignore
  return answer
}

function refusal(answer: Tree): KitError {
  const message = String(answer['error_message'])
  if (answer['error_type'] === 'not implemented')
    return new KitError('ACCESS_DENIED', 'only SELECT is allowed here, and EXPLAIN of one')
  const hint = /at or near "@"/.test(message)
    ? '; the name of a version stands in double quotes: "sales@v1"'
    : ''
  return new KitError('INVALID_ARGUMENT', `SQL: ${message}${hint}`)
}

class Walk {
  readonly tables = new Set<string>()
  readonly named = new Set<string>()
  readonly files: NamedFile[] = []
  isVolatile = false

  /** @param ctes names of common table expressions that are in scope, in lower case. */
  visit(value: unknown, ctes: ReadonlySet<string>): void {
    if (Array.isArray(value)) {
      for (const one of value) this.visit(one, ctes)
      return
    }
    if (!isTree(value)) return
    const scope = this.#ctes(value, ctes)
    if (typeof value['table_name'] === 'string' && value['table_name'] !== '')
      this.#table(value, scope)
    if (value['type'] === 'SHOW_REF') mayShow(value)
    // One with a seed depends on the threads that read.
    if (isTree(value['sample'])) this.isVolatile = true
    if (value['type'] === 'TABLE_FUNCTION') this.#tableFunction(value['function'] as Tree, scope)
    else {
      if (typeof value['function_name'] === 'string') this.#call(value['function_name'])
      if (value['type'] === 'COLUMN_REF') this.#column(value['column_names'])
      for (const [key, one] of Object.entries(value)) if (key !== 'cte_map') this.visit(one, scope)
    }
  }

  /** Visits common table expressions, of which each sees those before it. @returns the scope of what follows. */
  #ctes(node: Tree, ctes: ReadonlySet<string>): ReadonlySet<string> {
    let scope = ctes
    for (const { name, body } of ctesOf(node)) {
      const after = new Set([...scope, name])
      this.visit(body, isRecursive(body) ? after : scope)
      scope = after
    }
    return scope
  }

  #call(name: string): void {
    const folded = name.toLowerCase()
    if (name !== '' && !ALLOWED_FUNCTIONS.has(folded)) throw notAllowed(name)
    this.isVolatile ||= VOLATILE_FUNCTIONS.has(folded)
  }

  /** Some functions are called by a name alone, as a column is. */
  #column(names: unknown): void {
    if (Array.isArray(names) && names.length === 1)
      this.isVolatile ||= VOLATILE_FUNCTIONS.has(String(names[0]).toLowerCase())
  }

  #table(node: Tree, ctes: ReadonlySet<string>): void {
    if (node['type'] === 'SHOW_REF') return
    const name = node['table_name'] as string
    const place = [node['catalog_name'], node['schema_name']].filter((one) => one !== undefined && one !== '') // prettier-ignore
    if (node['type'] !== 'BASE_TABLE' || place.length > 0)
      throw new KitError('ACCESS_DENIED', `${[...place, name].join('.')} is not a table that can be asked; see \`ipfs-kit query --tables\``) // prettier-ignore
    if (ctes.has(name.toLowerCase())) return
    this.tables.add(name)
    this.named.add(name)
  }

  #tableFunction(call: Tree, ctes: ReadonlySet<string>): void {
    const name = String(call['function_name']).toLowerCase()
    const values = (call['children'] ?? []) as readonly Tree[]
    if (READING_FUNCTIONS.has(name)) {
      for (const file of namedFiles(name, values[0])) {
        this.files.push(file)
        this.tables.add(file.path)
      }
      this.visit(values.slice(1), ctes)
    } else if (ALLOWED_TABLE_FUNCTIONS.has(name)) this.visit(values, ctes)
    else throw notAllowed(name)
  }
}

/** Returns the files of the first argument of a function that reads some. */
function namedFiles(name: string, value: Tree | undefined): readonly NamedFile[] {
  const isInList = value?.['function_name'] === 'list_value'
  const items = isInList ? (value['children'] as Tree[]) : [value]
  return items.map((item) => {
    const path = (item?.['value'] as Tree | undefined)?.['value']
    const at = item?.['query_location']
    if (item?.['class'] === 'CONSTANT' && typeof path === 'string' && typeof at === 'number')
      return { path, at, isInList }
    throw new KitError('ACCESS_DENIED', `${name} takes the path of a file, or a list of some, written out`) // prettier-ignore
  })
}

/** Returns the common table expressions of a node, each with its name in lower case. */
function ctesOf(node: Tree): readonly { readonly name: string; readonly body: Tree }[] {
  const map = (node['cte_map'] as Tree | undefined)?.['map']
  if (!Array.isArray(map)) return []
  return (map as readonly Tree[]).map(({ key, value }) => ({
    name: String(key).toLowerCase(),
    body: value as Tree
  }))
}

/** Returns whether a common table expression may name itself. */
function isRecursive(body: Tree): boolean {
  const node = (body['query'] as Tree | undefined)?.['node'] as Tree | undefined
  return node?.['type'] === 'RECURSIVE_CTE_NODE'
}

function mayShow(node: Tree): void {
  if (isTree(node['query'])) return
  throw new KitError('ACCESS_DENIED', 'SHOW is not allowed here; `ipfs-kit query --tables` lists the tables') // prettier-ignore
}

const notAllowed = (name: string): KitError =>
  new KitError(
    'ACCESS_DENIED',
    `the function ${name} is not allowed here: those that compute from their arguments alone are (docs/sql.md)`
  )
