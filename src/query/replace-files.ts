/** Functions such as read_csv('/ipfs/…') with the local files instead of the paths of the text. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { KitError } from '../core/errors.js'
import { READING_FUNCTIONS } from './allowed-functions.js'
import { namedFiles } from './gate.js'
import type { TableSource } from './ports.js'

type Tree = { [key: string]: unknown }

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null

/** Returns the text of a serialized statement. @param tables the tables that the gate found in it. */
export async function replaceFiles(
  gate: DuckDBConnection,
  statement: Readonly<Tree>,
  tables: readonly TableSource[]
): Promise<string> {
  const tree = structuredClone(statement) as Tree
  replaceIn(tree, tables)
  const reader = await gate.runAndReadAll('SELECT json_deserialize_sql($1::JSON)', [JSON.stringify(tree)]) // prettier-ignore
  return String(reader.value(0, 0))
}

function replaceIn(value: unknown, tables: readonly TableSource[]): void {
  if (!isTree(value)) return
  if (value['type'] === 'TABLE_FUNCTION') replaceFirst(value['function'] as Tree, tables)
  for (const one of Object.values(value)) replaceIn(one, tables)
}

function replaceFirst(call: Tree, tables: readonly TableSource[]): void {
  const name = String(call['function_name']).toLowerCase()
  if (!READING_FUNCTIONS.has(name)) return
  const values = call['children'] as Tree[]
  const files = namedFiles(name, values[0]).flatMap((path) => {
    const table = tables.find((one) => one.name === path)
    if (table === undefined) throw new KitError('ACCESS_DENIED', `${path} is not a file of this statement`) // prettier-ignore
    return table.files
  })
  values[0] = listOf(files)
}

/** A list of texts as DuckDB's parser would have made it. */
const listOf = (texts: readonly string[]): Tree => ({
  class: 'FUNCTION',
  type: 'FUNCTION',
  alias: '',
  function_name: 'list_value',
  schema: 'main',
  children: texts.map((value) => ({
    class: 'CONSTANT',
    type: 'VALUE_CONSTANT',
    alias: '',
    value: { type: { id: 'VARCHAR', type_info: null }, is_null: false, value }
  })),
  filter: null,
  order_bys: { type: 'ORDER_MODIFIER', orders: [] },
  distinct: false,
  is_operator: false,
  export_state: false,
  catalog: ''
})
