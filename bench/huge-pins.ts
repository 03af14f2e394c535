/**
 * Pin mappings of one backend, a million and ten million of them: what opening, answering, listing by
 * page and one more pin take must hardly grow with their number.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { writeRows } from '../src/pins/compaction.js'
import type { MappingChange } from '../src/pins/mapping-change.js'
import { PairFiles } from '../src/pins/pair-files.js'
import { MadePins } from './made-pins.js'
import { at, BACKEND, compactBeside, openMappings } from './pins.js'
import type { Row, Target, Unit } from './report.js'
import type { Scale } from './scale.js'

/** Openings, of which the median counts. */
export const OPENINGS = 15
const CREATED = '2026-01-01T00:00:00.000Z'

/** What a process of its own measures, which opens the mappings beside their owner. */
export type HugeFigures = Readonly<Record<(typeof READ)[number], number>>

const READ = ['opening in another process', 'lookup by CID, p50', 'lookup by CID, p99', 'a page at the start', 'a page in the middle', 'a page at the end', 'a page by wildcard'] as const // prettier-ignore
const MEMORY = 'memory of a process that looks up and lists'
const PIN = 'one more pin, durable, while the files are written anew'

export async function hugePinMappings(
  scratch: string,
  { pins, hugePins, rounds }: Scale
): Promise<Row[]> {
  const homes = [pins, hugePins].map((count) => ({
    home: join(scratch, String(count)),
    pins: new MadePins(BACKEND, count),
    column: columnOf(count)
  }))
  const values = new Map<string, Map<string, number[]>>()
  const note = (what: string, column: string, value: number): void => {
    const columns = values.get(what) ?? new Map<string, number[]>()
    values.set(what, columns.set(column, [...(columns.get(column) ?? []), value]))
  }
  for (const { home, pins, column } of homes) {
    const figures = await writeAndCompact(home, pins)
    for (const [what, value] of Object.entries(figures)) note(what, column, value)
  }
  // In turn, so that what else the machine does falls on both.
  for (let round = 0; round < rounds; round++)
    for (const { home, pins, column } of homes) {
      const figures = { ...(await opening(home)), ...readerFigures(home, pins.count) }
      for (const [what, value] of Object.entries(figures)) note(what, column, value)
    }
  return [...values].map(([what, columns]) => ({ what, unit: unitOf(what), values: columns }))
}

/** Writes the mappings in one pass; then writes them anew while pins come one by one. */
async function writeAndCompact(home: string, pins: MadePins): Promise<Record<string, number>> {
  const files = new PairFiles(join(home, 'backends', BACKEND))
  mkdirSync(files.folder, { recursive: true })
  await writeRows(files, pins.rows(), 0, CREATED)
  files.switchOver()
  const log = await openMappings(home)
  const { compactionMs, pinMs } = await compactBeside(log.mappings, (i) => later(pins, i))
  const { rss } = process.memoryUsage()
  await log.close()
  return {
    'writing the files anew, of each pin': (compactionMs * 1000) / pins.count,
    [`${PIN}, p50`]: at(pinMs, 0.5),
    [`${PIN}, p99`]: at(pinMs, 0.99),
    'memory of a process that writes them anew': rss / 2 ** 20
  }
}

/** A pin that is added later, somewhere among the others. */
function later(pins: MadePins, i: number): MappingChange {
  const near = pins.cid((i * 7919) % pins.count)
  const cid = near.slice(0, -8) + String(i).padStart(8, '2').replace(/[0189]/g, 'z') // prettier-ignore
  return { backend: BACKEND, cid, row: pins.row(cid, i) }
}

async function opening(home: string): Promise<Record<string, number>> {
  const times: number[] = []
  for (let i = 0; i < OPENINGS; i++) {
    const began = performance.now()
    const log = await openMappings(home)
    times.push(performance.now() - began)
    await log.close()
  }
  return {
    opening: at(
      times.sort((a, b) => a - b),
      0.5
    )
  }
}

function readerFigures(home: string, count: number): HugeFigures {
  const script = join(import.meta.dirname, 'huge-pins-reader.js')
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, home, String(count)], { encoding: 'utf8' }) // prettier-ignore
  if (status !== 0) throw new Error(`reading the mappings: ${stderr}`)
  return JSON.parse(stdout) as HugeFigures
}

const columnOf = (count: number): string => `${count.toLocaleString('en')} pins`

const unitOf = (what: string): Unit => {
  if (what.startsWith('memory')) return 'MiB'
  return what.startsWith('lookup') || what.startsWith('writing') ? 'µs' : 'ms'
}

const [FEW, MANY] = [columnOf(1_000_000), columnOf(10_000_000)]
/** Growth of any one operation. */
const grows = (what: string): Target => ({ what, ours: MANY, against: FEW, factor: 1 / 1.2 })
const within = (what: string, against: number): Target => ({ what, ours: MANY, against, factor: 1 })

export const hugePinTargets: readonly Target[] = [
  ...['opening', ...READ.filter((what) => !what.endsWith('p99')), `${PIN}, p50`, 'writing the files anew, of each pin'].map(grows), // prettier-ignore
  within('opening', 1000),
  within('lookup by CID, p50', 100),
  within(`${PIN}, p99`, 10),
  within(MEMORY, 300)
]
