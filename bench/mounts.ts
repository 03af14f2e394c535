/**
 * Reading through the mount, both ways of opening, against the native file system. Everything
 * is kernel-cold with the blocks local: caches dropped, then the backing files read once.
 */
import { spawnSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { makeFile, makeFolder, MIB } from './data.js'
import { kit, median, type Cost } from './measure.js'
import { perSecond, type Row } from './report.js'
import type { Scale } from './scale.js'

/** A tree as somebody shows it: natively, or through a mount. */
interface Place {
  readonly name: string
  readonly file: string
  readonly folder: string
}

interface Measure {
  readonly what: string
  /** What it reads: only that is warmed. */
  readonly reads: 'file' | 'folder'
  readonly work: (place: Place) => void
  /** Turns seconds into a figure with its unit. */
  readonly figure: (seconds: number) => string
}

const MODES = ['passthrough', 'none'] as const
const SMALL_READS = 1000
const RANDOM_READS = 20_000

/** Why the mount cannot be measured here; undefined where it can. */
export const noMounts = (): string | undefined =>
  process.getuid?.() === 0 && existsSync('/dev/fuse')
    ? undefined
    : 'measuring mounts needs root (to drop caches) and /dev/fuse'

export async function readThroughMounts(scratch: string, scale: Scale): Promise<Row[]> {
  const native: Place = {
    name: 'native',
    file: makeFile(scratch, 'one', scale.fileMiB),
    folder: makeFolder(scratch, 'many', scale.files, 4096)
  }
  const home = join(scratch, 'home')
  const { stdout: file } = await kit(scratch, home, 'add', '-Q', native.file)
  const { stdout: folder } = await kit(scratch, home, 'add', '-Q', native.folder)
  const seconds = new Map<string, number[]>()
  const ready: number[] = []
  for (let round = 0; round < scale.rounds; round++) {
    measureAll(native, home, scale, seconds)
    for (const open of MODES) {
      const mount = join(scratch, 'mount')
      mkdirSync(mount, { recursive: true })
      const cost = await mountOrSkip(scratch, home, mount, open)
      if (cost === undefined) continue
      ready.push(cost.seconds)
      try {
        const at = (cid: string): string => join(mount, 'ipfs', cid)
        measureAll({ name: open, file: at(file), folder: at(folder) }, home, scale, seconds)
      } finally {
        await kit(scratch, home, 'unmount', '--force', mount)
      }
    }
  }
  for (const path of [home, native.file, native.folder]) rmSync(path, { recursive: true })
  return [...rowsOf(measures(scale), seconds), readyRow(median(ready))]
}

/** Undefined where the kernel has no passthrough to measure. */
async function mountOrSkip(
  scratch: string,
  home: string,
  path: string,
  open: (typeof MODES)[number]
): Promise<Cost | undefined> {
  try {
    return await kit(scratch, home, 'mount', path, '--open', open)
  } catch (error) {
    const refused = error instanceof Error && error.message.includes('does not allow passthrough')
    if (open === 'passthrough' && refused) return undefined
    throw error
  }
}

function measureAll(place: Place, home: string, scale: Scale, into: Map<string, number[]>): void {
  for (const { what, reads, work } of measures(scale)) {
    chill(backingOf(place, home, reads))
    const started = process.hrtime.bigint()
    work(place)
    const key = `${what} ${place.name}`
    const seconds = Number(process.hrtime.bigint() - started) / 1e9
    into.set(key, [...(into.get(key) ?? []), seconds])
  }
}

/** The local files and folders that a measure's bytes come from. */
function backingOf(place: Place, home: string, reads: Measure['reads']): string[] {
  if (place.name === 'native') return [place[reads]]
  const parts = reads === 'file' ? ['files', 'index'] : ['packs', 'index', 'tables']
  return parts.map((part) => join(home, 'blocks', part))
}

/** Kernel-cold, the bytes behind it warm. */
function chill(backing: readonly string[]): void {
  spawnSync('sync')
  writeFileSync('/proc/sys/vm/drop_caches', '3')
  spawnSync('sh', ['-c', 'find "$@" -type f -print0 | xargs -0 cat > /dev/null', 'sh', ...backing])
}

const measures = (scale: Scale): Measure[] => [
  {
    what: `sequential read of ${scale.fileMiB} MiB`,
    reads: 'file',
    work: ({ file }) => readWhole(file, MIB),
    figure: (seconds) => perSecond((scale.fileMiB * MIB) / 1e6, seconds, 'MB')
  },
  {
    what: 'random reads of 4 KiB',
    reads: 'file',
    work: ({ file }) => readRandomly(file, scale.fileMiB * MIB),
    figure: (seconds) => perSecond(RANDOM_READS, seconds, 'reads')
  },
  {
    what: 'open, read, close small files',
    reads: 'folder',
    work: ({ folder }) => {
      for (const name of readdirSync(folder).slice(0, SMALL_READS)) readFileSync(join(folder, name))
    },
    figure: (seconds) => perSecond(Math.min(SMALL_READS, scale.files), seconds, 'files')
  },
  {
    what: `stat of ${scale.files.toLocaleString('en-US')}`,
    reads: 'folder',
    work: ({ folder }) => {
      for (const name of readdirSync(folder)) statSync(join(folder, name))
    },
    figure: (seconds) => perSecond(scale.files, seconds, 'files')
  },
  shellMeasure('ls -l', 'ls -l "$1" > /dev/null'),
  shellMeasure('tar c', 'cd "$1" && tar c . | cat > /dev/null'),
  shellMeasure('find | xargs cat', 'find "$1" -type f | xargs cat > /dev/null')
]

const shellMeasure = (what: string, line: string): Measure => ({
  what: `${what} of the folder`,
  reads: 'folder',
  work: ({ folder }) => {
    const { status } = spawnSync('sh', ['-c', line, 'sh', folder])
    if (status !== 0) throw new Error(`${what} of ${folder} failed`)
  },
  figure: (seconds) => `${Math.round(seconds * 1000)} ms`
})

function readWhole(path: string, step: number): void {
  const buffer = Buffer.allocUnsafe(step)
  const fd = openSync(path, 'r')
  while (readSync(fd, buffer, 0, step, null) > 0);
  closeSync(fd)
}

/** The same places in every run: a generator with a fixed seed. */
function readRandomly(path: string, size: number): void {
  const buffer = Buffer.allocUnsafe(4096)
  const fd = openSync(path, 'r')
  let x = 1
  for (let i = 0; i < RANDOM_READS; i++) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0
    readSync(fd, buffer, 0, 4096, Math.floor((x / 2 ** 32) * (size / 4096)) * 4096)
  }
  closeSync(fd)
}

function rowsOf(all: readonly Measure[], seconds: ReadonlyMap<string, number[]>): Row[] {
  return all.flatMap(({ what, figure }) => {
    const of = (name: string): number => median(seconds.get(`${what} ${name}`)!)
    const native = of('native')
    return MODES.filter((open) => seconds.has(`${what} ${open}`)).map((open) => ({
      what: `${what}, --open ${open}`,
      figure: figure(of(open)),
      baseline: `${figure(native)}  native`,
      ratio: native / of(open)
    }))
  })
}

const readyRow = (seconds: number): Row => ({
  what: 'mount ready, from the command',
  figure: `${Math.round(seconds * 1000)} ms`,
  target: '< 600 ms',
  reached: seconds < 0.6
})
