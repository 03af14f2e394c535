/**
 * What a reader asks of an engine that has served for a while: the rows of a new one, after its
 * code was compiled. Beside the least that a server in C can cost, and the native file system.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chill } from './chill.js'
import { makeFile, makeFolder } from './data.js'
import { Figures } from './figures.js'
import { checkpoint } from './interrupt.js'
import { kit } from './measure.js'
import { buildByName, NAMED_FILES, readByNameWarm, WARM_NAMES } from './names.js'
import { native } from './peers/native.js'
import { ours } from './peers/ours.js'
import { openOrSkip, type Part, type Shown, type Sources } from './peers/place.js'
import { rawServers } from './peers/raw.js'
import { readingMeasures, secondsOf, type Measure } from './reading.js'
import type { Row, Target } from './report.js'
import type { Scale } from './scale.js'

/** Each measurement takes some 100 ms, of which a virtual machine may take some for itself. */
const TIMES = 3
const ROWS = ['random', 'stat', 'ls -l', 'first listing', 'open, read, close']

export async function readWarm(scratch: string, scale: Scale): Promise<Row[]> {
  const larger = { ...scale, files: scale.warmFiles }
  const sources = plant(join(scratch, 'sources'), larger)
  const home = join(scratch, 'home')
  const add = async (part: Part): Promise<string> =>
    (await kit(scratch, home, 'add', '-Q', sources[part])).stdout
  const cids = {
    file: await add('file'),
    folder: await add('folder'),
    entries: await add('entries'),
    named: await add('named')
  }
  const held = { scratch, home, cids }
  const places = [
    ours(held, 'passthrough'),
    ours(held, 'none'),
    ...rawServers(sources, scratch, scale.fetchPeers),
    native(sources)
  ]
  const measures = warmMeasures(larger)
  const mountpoint = join(scratch, 'mnt')
  mkdirSync(mountpoint)
  const byName = buildByName(scratch, scale)
  const figures = new Figures()
  for (let round = 0; round < scale.rounds; round++)
    for (const place of places) {
      console.error(`  round ${round + 1} of ${scale.rounds}, ${place.name}`)
      const shown = await openOrSkip(place, mountpoint)
      if (shown === undefined) continue
      try {
        const isServed = (await shown.pids()).length > 0
        const values = byName ? readByNameWarm(byName, shown, sources, scale, isServed) : []
        for (const value of values) figures.add(WARM_NAMES, 'files/s', place.name, value)
        await measure(place.name, shown, measures, scale, figures)
      } finally {
        await shown.close()
      }
    }
  return figures.rows()
}

const warmMeasures = (scale: Scale): Measure[] =>
  readingMeasures(scale).filter(({ what }) => ROWS.some((start) => what.startsWith(start)))

/** What is asked of each row: next to nothing that C would not take as well. */
export const warmTargets = (scale: Scale): Target[] =>
  [WARM_NAMES, ...warmMeasures({ ...scale, files: scale.warmFiles }).map(nameOf)].flatMap(
    (what) => [
      { what, ours: 'ours, passthrough', against: 'C, opens', factor: 0.85 },
      { what, ours: 'ours, none', against: 'C, none', factor: 0.85 }
    ]
  )

function plant(folder: string, scale: Scale): Sources {
  mkdirSync(folder)
  return {
    file: makeFile(folder, 'one', scale.fileMiB),
    folder: makeFolder(folder, 'many', scale.files, 4096),
    entries: makeFolder(folder, 'entries', scale.entries, 8),
    named: makeFolder(folder, 'named', NAMED_FILES, 4096)
  }
}

async function measure(
  name: string,
  shown: Shown,
  measures: readonly Measure[],
  scale: Scale,
  figures: Figures
): Promise<void> {
  for (const one of measures) {
    await warm(one, shown, scale)
    for (let time = 0; time < TIMES; time++)
      figures.add(nameOf(one), one.unit, name, once(one, shown))
  }
}

const nameOf = ({ what }: Measure): string => `${what}, warm engine`

async function warm(measured: Measure, shown: Shown, scale: Scale): Promise<void> {
  let left = scale.warmSeconds
  while (left > 0) {
    await checkpoint()
    left -= secondsOf(() => once(measured, shown))
  }
}

function once({ part, run }: Measure, shown: Shown): number {
  chill(shown.backing[part])
  return run(shown.paths[part])
}
