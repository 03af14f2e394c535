/** SQL over Parquet in the store, beside DuckDB in Python on the same files on the disk. */
import { existsSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ownSql } from '../src/compose/open-sql.js'
import { Figures } from './figures.js'
import { bareKit, kit, settle, shell } from './measure.js'
import type { Row, Target } from './report.js'
import type { Scale } from './scale.js'

const PYTHON = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'ipfs-kit/python-2/bin/python') // prettier-ignore
const ALONE = fileURLToPath(new URL('duckdb-alone.js', import.meta.url))
const FILES = 8

export const noPeer = (): string | undefined =>
  existsSync(PYTHON) ? undefined : 'DuckDB for Python is not installed (.ci/prepare)'

/** Statements by what they do, over a table T. */
const STATEMENTS: Readonly<Record<string, string>> = {
  'sums by group':
    'SELECT g, count(*), sum(v), avg(w) FROM T GROUP BY g ORDER BY 2 DESC, 1 LIMIT 10',
  'a filter of one in a thousand': 'SELECT count(*), sum(w) FROM T WHERE v < 0.001',
  'distinct values': 'SELECT count(DISTINCT k) FROM T'
}

const PEER = `
import duckdb, sys, time
c = duckdb.connect()
c.execute('SET enable_progress_bar = false')
sql = sys.argv[1]
t = time.perf_counter(); c.sql(sql).fetchall(); print(1000 * (time.perf_counter() - t))
`

const named = (rows: number, what: string): string =>
  `SQL over ${rows.toLocaleString('en')} rows: ${what}`

/** Figures are of these: asked by `query`, the same DuckDB alone, and that of Python, on the disk and in a mount. */
const OURS = 'ours'
const SAME = 'the same DuckDB'
const PYTHONS = 'DuckDB in Python'
const MOUNTED = 'DuckDB in Python, in a mount'

interface Ground {
  readonly home: string
  readonly data: string
  readonly mounted: string | undefined
  readonly cid: string
}

export async function askInSql(
  scratch: string,
  { sqlRows, rounds, warmMiB }: Scale
): Promise<Row[]> {
  const home = join(scratch, 'home')
  const data = join(scratch, 'data')
  mkdirSync(data)
  await makeFiles(scratch, data, sqlRows)
  const cid = (await kit(scratch, home, 'add', '-Q', data)).stdout
  await kit(scratch, home, 'daemon', 'start')
  const mounted = await mountedAt(scratch, home)
  const figures = new Figures()
  try {
    for (let round = 0; round < rounds; round++)
      for (const [what, text] of Object.entries(STATEMENTS)) {
        settle(scratch, warmMiB)
        const times = await timesOf(text, { home, data, mounted, cid })
        // The first round finds no warm process.
        if (round === 0 && rounds > 1) continue
        for (const [who, ms] of times) figures.add(named(sqlRows, what), 'ms', who, ms)
      }
  } finally {
    if (mounted !== undefined) await kit(scratch, home, 'unmount', '--force', mounted)
    await kit(scratch, home, 'daemon', 'stop')
  }
  return figures.rows()
}

async function mountedAt(scratch: string, home: string): Promise<string | undefined> {
  if (process.getuid?.() !== 0 || !existsSync('/dev/fuse')) return undefined
  const path = join(scratch, 'mnt')
  mkdirSync(path)
  await kit(scratch, home, 'mount', path, '--open', 'passthrough')
  return path
}

/** Returns the milliseconds that each takes. */
async function timesOf(
  text: string,
  ground: Ground
): Promise<readonly (readonly [string, number])[]> {
  const { home, data, mounted, cid } = ground
  const over = (folder: string): string => text.replace(/\bT\b/, `'${folder}/*.parquet'`)
  const asked = await bareKit(home, 'query', over(`/ipfs/${cid}`), '--json')
  const { elapsed_ms: elapsed } = JSON.parse(asked.stdout) as { elapsed_ms: number }
  const python = (folder: string): Promise<number> => numberFrom(`'${PYTHON}' -c "$(cat <<'E'\n${PEER}\nE\n)" "${over(folder)}"`) // prettier-ignore
  return [
    [OURS, elapsed],
    [SAME, await numberFrom(`'${process.execPath}' '${ALONE}' "${over(data)}"`)],
    [PYTHONS, await python(data)],
    ...(mounted === undefined ? [] : [[MOUNTED, await python(join(mounted, 'ipfs', cid))] as const])
  ]
}

/** Returns the number that a program prints last: of a long statement there may be a bar before it. @throws where there is none. */
async function numberFrom(line: string): Promise<number> {
  const { stdout } = await shell(line)
  const number = Number(stdout.split(/[\r\n]/).at(-1) || Number.NaN)
  if (Number.isNaN(number)) throw new Error(`no time was printed: ${stdout}`)
  return number
}

/** Makes files of numbers and short texts. */
async function makeFiles(scratch: string, data: string, rows: number): Promise<void> {
  const { sql, close } = ownSql(join(scratch, 'none'))
  const each = Math.ceil(rows / FILES)
  try {
    for (let i = 0; i < FILES; i++) {
      const file = join(data, `part-${i}.parquet`)
      const text = `COPY (SELECT i, hash(i) % 1000 AS g, (hash(i + 1) % 1000000007) / 1000000007 AS v,
        (hash(i + 2) % 100000)::INTEGER AS w, 'key ' || hash(i + 3) % 100000 AS k
        FROM range(${i * each}, ${(i + 1) * each}) t(i)) TO '${file}' (FORMAT parquet, COMPRESSION zstd)`
      await sql.script({ text, writes: [file] }, { signal: new AbortController().signal })
    }
  } finally {
    close()
  }
}

export const sqlTargets = ({ sqlRows }: Scale): readonly Target[] =>
  Object.keys(STATEMENTS).flatMap((what) => [
    { what: named(sqlRows, what), ours: OURS, against: SAME, factor: 1 / 1.05 },
    { what: named(sqlRows, what), ours: MOUNTED, against: PYTHONS, factor: 1 / 1.05 }
  ])
