/**
 * Reading through mounts, side by side and in turn: ours, its peers, and the native file system.
 * Everything is kernel-cold with the blocks local: caches dropped, then the backing files read
 * once, then measured.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chill } from './chill.js'
import { makeFile, makeFolder, MIB } from './data.js'
import { Figures } from './figures.js'
import { checkpoint } from './interrupt.js'
import { bareKit, kit } from './measure.js'
import { findPeers } from './peers/find.js'
import { native } from './peers/native.js'
import { ours } from './peers/ours.js'
import { ensurePrograms } from './peers/programs.js'
import { forParts, openOrSkip, type Part, type Place, type Sources } from './peers/place.js'
import { readingMeasures, readWhole, secondsOf } from './reading.js'
import type { Row, Target } from './report.js'
import type { Scale } from './scale.js'

/** Why mounts cannot be measured here; undefined where they can. */
export function noMounts(scale: Scale): string | undefined {
  if (process.getuid?.() !== 0 || !existsSync('/dev/fuse'))
    return 'measuring mounts needs root (to drop caches) and /dev/fuse'
  return ensurePrograms(['fio'], scale.fetchPeers) ? undefined : 'fio is not installed'
}

export async function readThroughMounts(scratch: string, scale: Scale): Promise<Row[]> {
  const sources = plant(join(scratch, 'sources'), scale)
  const home = join(scratch, 'home')
  const add = async (part: Part): Promise<string> =>
    (await kit(scratch, home, 'add', '-Q', sources[part])).stdout
  const folder = await add('folder')
  const cids = {
    file: await add('file'),
    folder,
    named: folder,
    entries: await add('entries')
  }
  const held = { scratch, home, cids }
  const places = [
    ours(held, 'passthrough'),
    ours(held, 'none'),
    native(sources),
    ...(await findPeers(sources, scratch, scale.fetchPeers))
  ]
  const figures = new Figures()
  for (let round = 0; round < scale.rounds; round++)
    for (const place of places) {
      console.error(`  round ${round + 1} of ${scale.rounds}, ${place.name}`)
      await measure(place, join(scratch, 'mnt'), scale, figures)
    }
  if (scale.memoryGb > 0) await memoryOf(ours(held, 'none'), join(scratch, 'mnt'), scale, figures)
  return figures.rows()
}

function plant(folder: string, scale: Scale): Sources {
  mkdirSync(folder)
  const many = makeFolder(folder, 'many', scale.files, 4096)
  return {
    file: makeFile(folder, 'one', scale.fileMiB),
    folder: many,
    entries: makeFolder(folder, 'entries', scale.entries, 8),
    named: many
  }
}

async function measure(
  place: Place,
  mountpoint: string,
  scale: Scale,
  figures: Figures
): Promise<void> {
  mkdirSync(mountpoint, { recursive: true })
  const started = process.hrtime.bigint()
  const shown = await openOrSkip(place, mountpoint)
  if (shown === undefined) return
  const { name } = place
  try {
    const pids = await shown.pids()
    if (pids.length > 0) {
      if (name.startsWith('ours')) {
        // From the command on, and one `status` after it: what a script would wait for.
        const ms = Number(process.hrtime.bigint() - started) / 1e6
        figures.add('mounted and its status told', 'ms', name, ms)
      }
      figures.add('memory, idle', 'MiB', name, memoryMiB(pids))
    }
    for (const { what, unit, part, run } of readingMeasures(scale)) {
      await checkpoint()
      chill(shown.backing[part])
      figures.add(what, unit, name, run(shown.paths[part]))
    }
    if (pids.length > 0) figures.add('memory after all of these', 'MiB', name, memoryMiB(pids))
  } finally {
    await shown.close()
  }
}

/** Proportional set size: pages that several processes map count once. */
export function memoryMiB(pids: readonly number[]): number {
  const kilobytes = pids.map((pid) => {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
    return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0)
  })
  return kilobytes.reduce((a, b) => a + b, 0) / 1024
}

async function memoryOf(
  place: Place,
  mountpoint: string,
  scale: Scale,
  figures: Figures
): Promise<void> {
  const shown = await place.open(mountpoint)
  try {
    const times = Math.ceil((scale.memoryGb * 1e9) / (scale.fileMiB * MIB))
    for (let i = 0; i < times; i++) {
      writeFileSync('/proc/sys/vm/drop_caches', '1')
      readWhole(shown.paths.file)
    }
    figures.add(`memory after reading ${scale.memoryGb} GB`, 'MiB', place.name, memoryMiB(await shown.pids())) // prettier-ignore
  } finally {
    await shown.close()
  }
}

/** From the command to a mount that answers, Node's start included. */
export async function mountReady(scratch: string, scale: Scale): Promise<Row[]> {
  const home = join(scratch, 'home')
  const file = makeFile(scratch, 'one', 1)
  await kit(scratch, home, 'add', '-Q', file)
  const mountpoint = join(scratch, 'mnt')
  const values: number[] = []
  for (let round = 0; round < scale.rounds; round++) {
    values.push(1000 * (await bareKit(home, 'mount', mountpoint)).seconds)
    await kit(scratch, home, 'unmount', '--force', mountpoint)
  }
  return [{ what: 'mount ready', unit: 'ms', values: new Map([['ours', values]]) }]
}

/** Output goes nowhere: collected, it would end the program at its first MiB. */
const QUIET = { stdio: 'ignore' } as const
const HUGE_NAMES = ['ours, first', 'ours, second', 'ours, its table to be made', 'native']

/** A directory of a million entries: listed for the first time, and again. */
export async function listHuge(scratch: string, scale: Scale): Promise<Row[]> {
  const source = makeFolder(scratch, 'huge', scale.hugeEntries, 8)
  const home = join(scratch, 'home')
  const { stdout: cid } = await kit(scratch, home, 'add', '-Q', source)
  const blocks = join(home, 'blocks')
  const values = new Map<string, number[]>(HUGE_NAMES.map((name) => [name, []]))
  const memory: number[] = []
  const list = (name: string, path: string): void =>
    void values.get(name)!.push(1000 * secondsOf(() => spawnSync('ls', ['-U', path], QUIET)))
  const place = ours({ scratch, home, cids: forParts(() => cid) }, 'none')
  for (let round = 0; round < scale.rounds; round++) {
    await checkpoint()
    // Names only: reading a million files would take minutes, and a listing reads none.
    chill([])
    spawnSync('ls', ['-U', source], QUIET)
    list('native', source)
    const shown = await place.open(join(scratch, 'mnt'))
    try {
      chill(shown.backing.entries)
      list('ours, first', shown.paths.entries)
      list('ours, second', shown.paths.entries)
      memory.push(memoryMiB(await shown.pids()))
    } finally {
      await shown.close()
    }
    spawnSync('rm', ['-r', join(blocks, 'tables')])
    const anew = await place.open(join(scratch, 'mnt'))
    try {
      chill(anew.backing.entries)
      list('ours, its table to be made', anew.paths.entries)
    } finally {
      await anew.close()
    }
  }
  const entries = scale.hugeEntries.toLocaleString('en-US')
  return [
    { what: `listing ${entries} entries`, unit: 'ms', values },
    {
      what: `memory after listing ${entries} entries`,
      unit: 'MiB',
      values: new Map([['ours, first', memory]])
    }
  ]
}

/** What is asked of the figures, in one run on a quiet machine. */
export function readingTargets(scale: Scale): Target[] {
  const none = 'ours, none'
  const row = (start: string): string =>
    readingMeasures(scale).find(({ what }) => what.startsWith(start))?.what ?? start
  const sequential = row('sequential')
  const random = row('random 4 KiB, 1 job')
  const small = row('open, read, close')
  const stat = row('stat of')
  const list = row('ls -l')
  const tar = row('tar c')
  const cat = row('find | xargs cat')
  const first = row('first listing')
  const entries = scale.hugeEntries.toLocaleString('en-US')
  return [
    { what: sequential, ours: 'ours, passthrough', against: 'native', factor: 0.9 },
    { what: sequential, ours: none, against: 'fuse-native', factor: 1.5 },
    { what: sequential, ours: none, against: 'Kubo', factor: 8 },
    { what: random, ours: none, against: 'fuse-native', factor: 6 },
    { what: random, ours: none, against: 'Kubo', factor: 100 },
    { what: small, ours: none, against: 'fuse-native', factor: 5 },
    { what: small, ours: none, against: 'Kubo', factor: 2.5 },
    { what: tar, ours: none, against: 'Kubo', factor: 10 },
    { what: tar, ours: none, against: 'native', factor: 1 / 4 },
    { what: cat, ours: none, against: 'Kubo', factor: 10 },
    { what: cat, ours: none, against: 'native', factor: 1 / 1.5 },
    { what: stat, ours: none, against: 'fuse-native', factor: 6 },
    { what: stat, ours: none, against: 'Kubo', factor: 7 },
    { what: list, ours: none, against: 'native', factor: 1 / 1.3 },
    { what: first, ours: none, against: 600, factor: 1 },
    { what: `listing ${entries} entries`, ours: 'ours, first', against: 8000, factor: 1 },
    { what: `listing ${entries} entries`, ours: 'ours, second', against: 'ours, first', factor: 3 },
    {
      what: `memory after listing ${entries} entries`,
      ours: 'ours, first',
      against: 300e6 / MIB,
      factor: 1
    },
    { what: 'mount ready', ours: 'ours', against: 600, factor: 1 },
    {
      what: `memory after reading ${scale.memoryGb} GB`,
      ours: none,
      against: 180e6 / MIB,
      factor: 1
    }
  ]
}
