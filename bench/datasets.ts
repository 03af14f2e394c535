/** Tables that become versions of a dataset, beside DuckDB's own COPY; and what a version costs that has a few rows more. */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { SqlProcesses } from '../src/query/processes.js'
import { Figures } from './figures.js'
import { bareKit, settle } from './measure.js'
import type { Row, Target } from './report.js'
import type { Scale } from './scale.js'

const MIB = 1 << 20
const { signal } = new AbortController()
const LIMITS = { memoryBytes: 4 * 2 ** 30, deadlineMs: 600_000, maxTemporaryBytes: 2 ** 40 }

const PUT = 'dataset put of CSV, the whole command'
const MORE = 'stored for 1 % more rows in the middle'
/** Bytes of the version before, which are stored again where nothing is shared. */
const ALL = 'all rows'
const named = (rows: number, what: string): string => `${rows.toLocaleString('en')} rows: ${what}`

/** Rows as SQL: numbers, decimals, times and short texts. */
const rowsOf = (from: number, to: number): string =>
  `SELECT i AS id, 'shop ' || (i * 7919) % 997 AS shop, (hash(i) % 1000000) / 100 AS price,
    TIMESTAMP '2024-01-01' + to_seconds(i) AS "at", hash(i + 1) % 100000 AS n FROM range(${from}, ${to}) t(i)`

export async function putTables(
  scratch: string,
  { datasetRows, rounds, warmMiB }: Scale
): Promise<Row[]> {
  const folder = join(scratch, 'sql')
  mkdirSync(folder)
  const sql = new SqlProcesses({ folder: () => folder, limits: LIMITS })
  const run = async (text: string): Promise<void> =>
    void (await sql.script({ text, folders: [scratch] }, { signal }))
  const [table, longer, copy] = ['table.csv', 'longer.csv', 'copy.parquet'].map((name) => join(scratch, name)) as [string, string, string] // prettier-ignore
  const home = join(scratch, 'home')
  const figures = new Figures()
  try {
    const middle = Math.floor(datasetRows / 2)
    await run(`COPY (${rowsOf(0, datasetRows)}) TO '${table}'`)
    await run(`COPY (${rowsOf(0, middle)} UNION ALL ${rowsOf(datasetRows, Math.ceil(datasetRows * 1.01))} UNION ALL ${rowsOf(middle, datasetRows)}) TO '${longer}'`) // prettier-ignore
    for (let round = 0; round < rounds; round++) {
      rmSync(home, { recursive: true, force: true })
      rmSync(copy, { force: true })
      settle(scratch, warmMiB)
      const put = await bareKit(home, 'dataset', 'put', '-q', 'table', table)
      const before = storedBytes(home)
      settle(scratch, warmMiB)
      const began = performance.now()
      await run(`COPY (FROM '${table}') TO '${copy}' (FORMAT parquet, COMPRESSION zstd)`)
      const copied = performance.now() - began
      await bareKit(home, 'dataset', 'put', '-q', 'table', longer)
      figures.add(named(datasetRows, PUT), 'ms', 'ours', put.seconds * 1000)
      figures.add(named(datasetRows, PUT), 'ms', 'DuckDB', copied)
      figures.add(named(datasetRows, MORE), 'MiB', 'ours', (storedBytes(home) - before) / MIB)
      figures.add(named(datasetRows, MORE), 'MiB', ALL, before / MIB)
    }
  } finally {
    sql.close()
  }
  return figures.rows()
}

/** Returns the bytes of the packs and files of a home, with the index of its blocks. */
function storedBytes(home: string): number {
  const blocks = join(home, 'blocks')
  if (!existsSync(blocks)) return 0
  return readdirSync(blocks, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(blocks, name)))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0)
}

export const datasetTargets = ({ datasetRows }: Scale): readonly Target[] => [
  { what: named(datasetRows, PUT), ours: 'ours', against: 'DuckDB', factor: 0.8 },
  { what: named(datasetRows, MORE), ours: 'ours', against: ALL, factor: 100 / 3 }
]
