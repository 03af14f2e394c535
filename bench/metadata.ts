/** The metadata index by itself: upserts, lookups, predicates beside DuckDB alone, searches that hit and that miss. */
import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Cid } from '../src/core/cid.js'
import { systemClock } from '../src/core/clock.js'
import { duckQueries } from '../src/metadata/duck-queries.js'
import { parseExpression } from '../src/metadata/expression.js'
import { IndexLog } from '../src/metadata/index-log.js'
import type { IndexPatch } from '../src/metadata/patch.js'
import { countRecords, findRecords, predicatesOf } from '../src/metadata/query.js'
import { SEARCHED_FIELDS } from '../src/metadata/searched-text.js'
import { SqlProcesses } from '../src/query/processes.js'
import { WriteAheadLog } from '../src/wal/log.js'
import { at } from './pins.js'
import type { Row, Target } from './report.js'
import type { Scale } from './scale.js'

/** Changes of one call. */
const AT_ONCE = 1000
const LOOKUPS = 5000
const UPSERTS = 20_000
const ROUNDS = 9
const TYPES = ['text/csv', 'application/pdf', 'image/png', 'text/plain', 'application/json']
const WORDS = 'alpha beta gamma report annual sensor field water north river lake data model train test image scan note'.split(' ') // prettier-ignore
const { signal } = new AbortController()

export type CidOf = (i: number) => string

const cidOf: CidOf = (i) =>
  String(Cid.v1(0x55, 0x12, createHash('sha256').update(String(i)).digest()))

/** What is known of one of many files, as an engine writes it. */
export function patchOf(i: number, cid: string): IndexPatch {
  const word = (k: number): string => WORDS[(i * 7 + k * 13 + (i >> 5)) % WORDS.length]!
  const filename = `${word(0)}_${word(1)}_${i}.csv`
  return {
    cid,
    at: 1_700_000_000_000 + i * 1000,
    set: {
      size_bytes: (i * 7919) % 10_000_000,
      mime_type: TYPES[i % TYPES.length]!,
      local: true,
      pinned: i % 3 === 0,
      filename,
      path: `data/${word(2)}/${filename}`,
      metadata: {
        title: `${word(0)} ${word(3)} ${word(4)}`,
        description: `a ${word(5)} of ${word(6)}`
      },
      properties: { sensor: String(i % 100) }
    },
    add_tags: [word(8), word(9)]
  }
}

export async function metadataIndex(scratch: string, { pins: count }: Scale): Promise<Row[]> {
  mkdirSync(scratch, { recursive: true })
  const wal = await WriteAheadLog.open(join(scratch, 'wal'), { clock: systemClock, log: { warn: console.error } }) // prettier-ignore
  const log = await IndexLog.open(join(scratch, 'index'), wal)
  for (let from = 0; from < count; from += AT_ONCE) {
    await log.change(Array.from({ length: AT_ONCE }, (_, i) => patchOf(from + i, cidOf(from + i))))
    // What waits lies in memory; each compaction writes all of it anew.
    if (log.index.pending >= 250_000) await log.compact()
  }
  await log.compact()
  const rows: Row[] = []
  await measureIndex(scratch, log, { count, cidOf }, (what, unit, values) => {
    rows.push({ what: named(count, what), unit, values: new Map(Object.entries(values)) })
  })
  log.close()
  await wal.close()
  return rows
}

export type Note = (what: string, unit: Row['unit'], values: Readonly<Record<string, readonly number[]>>) => void // prettier-ignore

/** What an index has, by number. */
export interface Filled {
  readonly count: number
  readonly cidOf: CidOf
}

/** Asks an index that is filled, and changes it. */
export async function measureIndex(
  scratch: string,
  log: IndexLog,
  filled: Filled,
  add: Note
): Promise<void> {
  const times = lookups(log, filled)
  add(LOOKUP, 'µs', { ours: [at(times, 0.5)] })
  add('lookup by CID, p99', 'µs', { ours: [at(times, 0.99)] })
  for (const [what, text] of [
    ['hit', 'annual river'],
    ['hit in a part of a word', 'eport_dat'],
    ['miss', 'xyzzy'],
    ['miss of common words', 'csv_report'],
    ['hit of a letter', 'a'],
    ['hit of a letter before a word', 'a river'],
    ['miss of letters', '7 a']
  ] as const)
    // prettier-ignore
    add(`search, ${what}`, 'ms', { ours: await timed(() => search(log, text)) })
  await predicates(scratch, log, add)
  add(UPSERT, 'appends/s', { ours: [await upserts(log, filled)] })
  add(MEMORY, 'MiB', { ours: [process.memoryUsage().rss / (1 << 20)] })
}

const named = (count: number, what: string): string =>
  `${count.toLocaleString('en')} records: ${what}`
export const LOOKUP = 'lookup by CID, p50'
export const UPSERT = 'durable upserts, 1,000 at a time'
const MEMORY = 'memory of the process, tables mapped'

/** Returns what each lookup takes, in µs, sorted; the slowest are of pages that were not in memory. */
function lookups({ index }: IndexLog, { count, cidOf }: Filled): number[] {
  const cids = Array.from({ length: LOOKUPS }, (_, i) => cidOf((i * 7919) % count))
  return cids
    .map((cid) => {
      const began = performance.now()
      index.get(cid)
      return (performance.now() - began) * 1000
    })
    .sort((a, b) => a - b)
}

async function timed(work: () => Promise<unknown>): Promise<number[]> {
  await work()
  const times: number[] = []
  for (let i = 0; i < ROUNDS; i++) {
    const began = performance.now()
    await work()
    times.push(performance.now() - began)
  }
  return times
}

const search = ({ index }: IndexLog, text: string): Promise<unknown> =>
  findRecords(
    index,
    { where: [], text: { text, fields: SEARCHED_FIELDS }, limit: 100 },
    undefined,
    signal
  )

/** Predicates of ours, and the same as SQL over the same files, by the same warm process. */
async function predicates(scratch: string, { index }: IndexLog, add: Note): Promise<void> {
  const limits = { memoryBytes: 1 << 30, deadlineMs: 60_000, maxTemporaryBytes: 1e9 }
  const processes = new SqlProcesses({ folder: () => scratch, limits, processes: 1 })
  const large = { ...duckQueries(processes), from: 0 }
  const reads = index.partitions.map(({ paths }) => paths.parquet)
  const files = `read_parquet([${reads.map((path) => `'${path}'`).join(', ')}])`
  const asked: [string, string][] = [
    ["mime_type == 'application/pdf' and size_bytes > 9000000 and pinned", "mime_type = 'application/pdf' AND size_bytes > 9000000 AND pinned"], // prettier-ignore
    ["'river' in tags", "list_contains(tags, 'river')"],
    ["properties.sensor == '7' and created_at > 2023-12-01", "map_extract(properties, 'sensor')[1] = '7' AND created_at > '2023-12-01'::TIMESTAMPTZ"] // prettier-ignore
  ]
  for (const [expression, sql] of asked) {
    const query = { where: predicatesOf(parseExpression(expression)), limit: 0 }
    const text = `SELECT count(*) FROM ${files} WHERE ${sql}`
    add(`count where ${expression}`, 'ms', {
      ours: await timed(() => countRecords(index, query, large, signal)),
      duckdb: await timed(() => processes.script({ text, reads }, { signal }))
    })
  }
  processes.close()
}

/** Access counts of records that there are, as an engine writes them. */
async function upserts(log: IndexLog, { count, cidOf }: Filled): Promise<number> {
  const began = performance.now()
  for (let from = 0; from < UPSERTS; from += AT_ONCE)
    await log.change(
      Array.from({ length: AT_ONCE }, (_, i) => ({
        cid: cidOf(((from + i) * 31) % count),
        at: Date.now(),
        accesses: { count: 1, last: Date.now() }
      }))
    )
  return (UPSERTS * 1000) / (performance.now() - began)
}

const ofMillion = (what: string): string => named(1_000_000, what)

export const metadataTargets: readonly Target[] = [
  { what: ofMillion(LOOKUP), ours: 'ours', against: 1000, factor: 1 },
  { what: ofMillion(UPSERT), ours: 'ours', against: 5000, factor: 1 },
  { what: ofMillion('search, hit'), ours: 'ours', against: 50, factor: 1 },
  { what: ofMillion('search, miss'), ours: 'ours', against: 50, factor: 1 },
  { what: ofMillion('search, miss of common words'), ours: 'ours', against: 50, factor: 1 },
  { what: ofMillion('search, hit of a letter'), ours: 'ours', against: 50, factor: 1 },
  { what: ofMillion('search, miss of letters'), ours: 'ours', against: 50, factor: 1 },
  {
    what: ofMillion("count where 'river' in tags"),
    ours: 'ours',
    against: 'duckdb',
    factor: 1 / 1.5
  }
]
