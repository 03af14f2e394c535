/** Pin mappings by themselves: lookups, pages, durable pins and compaction among a million, beside a scan of JSON. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../src/core/clock.js'
import { MappingLog } from '../src/pins/mapping-log.js'
import type { MappingChange } from '../src/pins/mapping-change.js'
import type { Row as Mapping } from '../src/pins/mapping.js'
import { WriteAheadLog } from '../src/wal/log.js'
import type { Row, Target } from './report.js'
import type { Scale } from './scale.js'

export const BACKEND = 'bucket'
/** Changes of one call while the mappings are made. */
const AT_ONCE = 20_000
const LOOKUPS = 20_000
/** Mappings of the JSON that is scanned, since a million would take minutes. */
const SCANNED = 20_000

/** The CID of a mapping, in no order. */
export const cidOf = (i: number): string =>
  `bafkrei${((i * 2654435761) % 4294967296).toString(36).padStart(52, 'a')}`

const mappingOf = (i: number): Mapping => ({
  cid: cidOf(i),
  car_file_path: `/s3-bucket/cars/${cidOf(i)}.car`,
  backend_name: BACKEND,
  created_at: '2026-01-01T00:00:00.000Z',
  status: 'stored',
  metadata: `{"name":"pin ${i}","ipfs_kit":{"size":${i * 77},"blocks":9}}`
})

const putOf = (i: number) => ({ backend: BACKEND, cid: cidOf(i), row: mappingOf(i) })

const named = (count: number, what: string): string => `${count.toLocaleString('en')} pins: ${what}`

/** What a process of its own measures, which opens the mappings beside their owner. */
export interface ReaderFigures {
  readonly openMs: number
  readonly p50: number
  readonly p99: number
  readonly pageMs: number
  readonly residentMiB: number
}

export async function pinMappings(
  scratch: string,
  { pins: count, targets }: Scale
): Promise<Row[]> {
  mkdirSync(join(scratch, 'backends', BACKEND), { recursive: true })
  let log = await openMappings(scratch)
  for (let from = 0; from < count; from += AT_ONCE) {
    const size = Math.min(AT_ONCE, count - from)
    await log.mappings.change(Array.from({ length: size }, (_, i) => putOf(from + i)))
    // What waits in the log lies in memory.
    if (from % (AT_ONCE * 25) === 0) await log.mappings.compact()
  }
  await log.mappings.compact()
  const { compactionMs, pinMs } = await compactBeside(log.mappings, (i) => putOf(count + i))
  await log.close()
  const began = performance.now()
  log = await openMappings(scratch)
  const openMs = performance.now() - began
  await log.close()
  const reader = readerFigures(scratch, count)
  const figures: [string, Row['unit'], number][] = [
    ['compaction', 'ms', compactionMs],
    ['one more pin, durable, while it runs, p50', 'ms', at(pinMs, 0.5)],
    ['one more pin, durable, while it runs, p99', 'ms', at(pinMs, 0.99)],
    ['opening', 'ms', openMs],
    ['opening in another process', 'ms', reader.openMs],
    [LOOKUP, 'µs', reader.p50 * 1000],
    ['lookup by CID, p99', 'µs', reader.p99 * 1000],
    ['a page of 100 in the middle', 'ms', reader.pageMs],
    ['memory of a process that looks up', 'MiB', reader.residentMiB]
  ]
  const rows = figures.map(([what, unit, value]): Row => ({
    what: named(count, what),
    unit,
    values: new Map([['ours', [value]]])
  }))
  if (targets) addScan(rows, scratch, count)
  return rows
}

const LOOKUP = 'lookup by CID, p50'

interface OpenLog {
  readonly mappings: MappingLog
  readonly close: () => Promise<void>
}

/** Opens the mappings of a home as its owner does. */
export async function openMappings(home: string): Promise<OpenLog> {
  const log = { warn: console.error }
  const wal = await WriteAheadLog.open(join(home, 'wal'), { clock: systemClock, log })
  const mappings = await MappingLog.open(home, [{ name: BACKEND, id: '' }], wal, systemClock)
  return {
    mappings,
    close: async () => {
      mappings.close()
      await wal.close()
    }
  }
}

/** Compacts while pins come one by one. @param putOf gives each of them. */
export async function compactBeside(
  mappings: MappingLog,
  putOf: (i: number) => MappingChange
): Promise<{ readonly compactionMs: number; readonly pinMs: readonly number[] }> {
  await mappings.change([putOf(0)])
  const state = { isDone: false }
  const began = performance.now()
  const compaction = mappings.compact().then(() => {
    state.isDone = true
    return performance.now() - began
  })
  const pinMs: number[] = []
  for (let i = 1; !state.isDone; i++) {
    const since = performance.now()
    await mappings.change([putOf(i)])
    pinMs.push(performance.now() - since)
  }
  const compactionMs = await compaction
  await mappings.compact()
  return { compactionMs, pinMs: pinMs.sort((a, b) => a - b) }
}

function readerFigures(home: string, count: number): ReaderFigures {
  const script = join(import.meta.dirname, 'pins-reader.js')
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [script, home, BACKEND, String(count), String(LOOKUPS)],
    { encoding: 'utf8' }
  )
  if (status !== 0) throw new Error(`reading the mappings: ${stderr}`)
  return JSON.parse(stdout) as ReaderFigures
}

/** Adds what a lookup takes that parses JSON lines, scaled to as many. */
function addScan(rows: Row[], scratch: string, count: number): void {
  const path = join(scratch, 'pins.json')
  const lines = Array.from({ length: SCANNED }, (_, i) => JSON.stringify(mappingOf(i)))
  writeFileSync(path, lines.join('\n'))
  const wanted = cidOf(SCANNED / 2)
  const began = performance.now()
  const found = readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => JSON.parse(line) as Mapping)
    .find(({ cid }) => cid === wanted)
  if (found === undefined) throw new Error('the scan found nothing')
  const perPin = (performance.now() - began) / SCANNED
  rmSync(path)
  const row = rows.find(({ what }) => what === named(count, LOOKUP))!
  ;(row.values as Map<string, number[]>).set('a scan of JSON', [perPin * count * 1000])
}

export const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.floor((sorted.length - 1) * share)] ?? 0

const MILLION = 1_000_000

export const pinTargets: readonly Target[] = [
  { what: named(MILLION, LOOKUP), ours: 'ours', against: 100, factor: 1 },
  { what: named(MILLION, 'compaction'), ours: 'ours', against: 5000, factor: 1 },
  { what: named(MILLION, 'opening'), ours: 'ours', against: 1000, factor: 1 },
  { what: named(MILLION, 'one more pin, durable, while it runs, p99'), ours: 'ours', against: 10, factor: 1 }, // prettier-ignore
  { what: named(MILLION, 'memory of a process that looks up'), ours: 'ours', against: 300, factor: 1 } // prettier-ignore
]
