/** Pins as Arrow: how long the index takes to be written, and to reach a process in Python, beside JSON. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Content, TABLE_MEMORY } from '../src/content/content.js'
import { writePinIndex } from '../src/operations/pin-index.js'
import { pinnedNode } from '../src/operations/pin-table.js'
import { newLog, readPins, type Pin } from '../src/store/pins.js'
import { StoreReader } from '../src/store/reader.js'
import { PYTHON } from '../test/support/python.js'
import { MAIN } from '../test/support/paths.js'
import type { Row, Target } from './report.js'
import type { Scale } from './scale.js'

/** Why it is left out; undefined where Python is there. */
export const noPython = (): string | undefined =>
  existsSync(PYTHON) ? undefined : 'the Python readers are not installed (.ci/prepare)'

const MAPPED = 'mapped'
const STREAM = 'stream'
const JSON_ROWS = 'JSON'

/** Raw identity CIDs of six digits: what they name is in them, so that no store is needed. */
const pinOf = (i: number): Pin => ({
  cid: `f01550006${Buffer.from(String(i).padStart(6, '0')).toString('hex')}`,
  type: 'recursive',
  name: `pin ${i} of the benchmark`,
  createdAt: '2026-01-01T00:00:00.000Z'
})

/** Prints ms and bytes of anonymous memory of the way that is named, in a process of its own. */
const READ = `
import sys, json, time, pyarrow as pa
sys.path.insert(0, sys.argv[3])
from ipfs_kit import Home, streams
ways = {'${MAPPED}': streams.from_file, '${STREAM}': streams.from_stream, '${JSON_ROWS}': streams.from_json}
def anonymous():
    return next(int(line.split()[1]) * 1024 for line in open('/proc/self/smaps_rollup') if line.startswith('Anonymous'))
home, read = Home(sys.argv[2]), ways[sys.argv[1]]
before, since = anonymous(), time.perf_counter()
table = read(home, 'pin_index')
ms = (time.perf_counter() - since) * 1000
print(json.dumps([ms, anonymous() - before, table.num_rows, table.nbytes]))
`

type Figures = readonly [ms: number, anonymous: number, rows: number, bytes: number]

export async function pinsAsArrow(scratch: string, { pins: count, rounds }: Scale): Promise<Row[]> {
  const home = join(scratch, 'home')
  mkdirSync(join(home, 'blocks'), { recursive: true, mode: 0o700 })
  const pins = new Map(Array.from({ length: count }, (_, i) => [pinOf(i).cid, pinOf(i)]))
  writeFileSync(join(home, 'blocks', 'pins.log'), newLog(pins), { mode: 0o600 })
  const first = await writeIndex(home)
  const again = await writeIndex(home)
  run(home, 'daemon', 'start')
  try {
    // The engine makes the store, by which the index is an old one; asked for the stream it writes it.
    read(home, STREAM)
    const ways = [MAPPED, STREAM, JSON_ROWS].map(
      (way) => [way, Array.from({ length: rounds }, () => read(home, way))] as const
    )
    const by = (of: (figures: Figures) => number): Row['values'] =>
      new Map(ways.map(([way, figures]) => [way, figures.map(of)]))
    const size = ways[0]![1][0]![3] / MIB
    return [
      row(count, 'index written, first', 'ms', new Map([['ours', [first]]])),
      row(count, 'index written, again', 'ms', new Map([['ours', [again]]])),
      row(count, 'size of the table', 'MiB', new Map([['ours', [size]]])),
      row(
        count,
        TO_PYTHON,
        'ms',
        by(([ms]) => ms)
      ),
      row(
        count,
        'memory of a process in Python for it',
        'MiB',
        by(([, bytes]) => bytes / MIB)
      )
    ]
  } finally {
    run(home, 'daemon', 'stop')
  }
}

const MIB = 1 << 20
const TO_PYTHON = 'to a process in Python'

const named = (count: number, what: string): string => `${count.toLocaleString('en')} pins: ${what}`

const row = (count: number, what: string, unit: Row['unit'], values: Row['values']): Row => ({
  what: named(count, what),
  unit,
  values
})

async function writeIndex(home: string): Promise<number> {
  const reader = new StoreReader(home)
  const content = new Content(reader, reader, { memory: TABLE_MEMORY })
  const pins = readPins(join(home, 'blocks', 'pins.log'))
  const began = performance.now()
  await writePinIndex(
    { home, pins: () => pins, describe: (cid) => pinnedNode({ content }, cid), reads: new Map() },
    new AbortController().signal
  )
  const ms = performance.now() - began
  reader.close()
  return ms
}

function run(home: string, ...words: readonly string[]): void {
  const env = { ...process.env, IPFS_KIT_HOME: home }
  const { status, stderr } = spawnSync(process.execPath, [MAIN, ...words], {
    env,
    encoding: 'utf8'
  })
  if (status !== 0) throw new Error(`${words.join(' ')}: ${stderr}`)
}

function read(home: string, way: string): Figures {
  const folder = join(import.meta.dirname, '..', '..', 'python')
  const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', READ, way, home, folder], {
    encoding: 'utf8'
  })
  if (status !== 0) throw new Error(`${way}: ${stderr}`)
  return JSON.parse(stdout) as Figures
}

export const arrowTargets: readonly Target[] = [
  { what: named(1_000_000, TO_PYTHON), ours: MAPPED, against: 5, factor: 1 },
  { what: named(1_000_000, TO_PYTHON), ours: MAPPED, against: JSON_ROWS, factor: 100 }
]
