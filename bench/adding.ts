/** Adding, durably: against hashing, copying and syncing the same bytes with the system's tools. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeFile, makeFolder, MIB } from './data.js'
import { kit, median, settle, shell, type Cost } from './measure.js'
import { perSecond, type Row } from './report.js'
import type { Scale } from './scale.js'

/** Repeat, each time into an empty home; the data is made once. */
async function rounds(
  scratch: string,
  scale: Scale,
  round: (home: string) => Promise<Cost>
): Promise<Cost[]> {
  const home = join(scratch, 'home')
  const costs: Cost[] = []
  for (let i = 0; i < scale.rounds; i++) {
    rmSync(home, { recursive: true, force: true })
    costs.push(await round(home))
  }
  rmSync(home, { recursive: true, force: true })
  return costs
}

const secondsOf = (costs: readonly Cost[]): number => median(costs.map((cost) => cost.seconds))
const peakOf = (costs: readonly Cost[]): number => Math.max(...costs.map((cost) => cost.peakBytes))

export async function addOneFile(scratch: string, scale: Scale): Promise<Row> {
  const file = makeFile(scratch, 'one', scale.fileMiB)
  const copy = join(scratch, 'copy')
  const baselines: Cost[] = []
  const costs = await rounds(scratch, scale, async (home) => {
    settle(scratch, scale.warmMiB)
    baselines.push(
      await shell(`openssl dgst -sha256 ${file} && cp ${file} ${copy} && sync ${copy}`)
    )
    rmSync(copy)
    settle(scratch, scale.warmMiB)
    return await kit(scratch, home, 'add', '-Q', file)
  })
  rmSync(file)
  const [ours, theirs] = [secondsOf(costs), secondsOf(baselines)]
  return {
    what: `add one file of ${scale.fileMiB} MiB`,
    figure: `${ours.toFixed(2)} s`,
    peakBytes: peakOf(costs),
    baseline: `${theirs.toFixed(2)} s  openssl dgst && cp && sync`,
    ratio: theirs / ours,
    target: '≥ 0.8 ×',
    reached: theirs / ours >= 0.8
  }
}

export async function addManyFiles(scratch: string, scale: Scale): Promise<Row> {
  const folder = makeFolder(scratch, 'many', scale.files, 4096)
  const copy = join(scratch, 'copy')
  const baselines: Cost[] = []
  const costs = await rounds(scratch, scale, async (home) => {
    settle(scratch, scale.warmMiB)
    baselines.push(await shell(`cp -r ${folder} ${copy} && sync -f ${copy}`))
    rmSync(copy, { recursive: true })
    settle(scratch, scale.warmMiB)
    return await kit(scratch, home, 'add', '-Q', folder)
  })
  rmSync(folder, { recursive: true })
  const [ours, theirs] = [secondsOf(costs), secondsOf(baselines)]
  return {
    what: `add ${scale.files.toLocaleString('en-US')} files of 4 KiB`,
    figure: perSecond(scale.files, ours, 'files'),
    peakBytes: peakOf(costs),
    baseline: `${perSecond(scale.files, theirs, 'files')}  cp -r && sync`,
    ratio: theirs / ours,
    target: '≥ 8,000 files/s',
    reached: scale.files / ours >= 8000
  }
}

export async function addLargeFile(scratch: string, scale: Scale): Promise<Row> {
  const file = makeFile(scratch, 'large', scale.largeMiB)
  const costs = await rounds(scratch, { ...scale, rounds: 1 }, (home) =>
    kit(scratch, home, 'add', '-Q', file)
  )
  rmSync(file)
  const seconds = secondsOf(costs)
  return {
    what: `add one file of ${scale.largeMiB} MiB`,
    figure: perSecond((scale.largeMiB * MIB) / 1e6, seconds, 'MB'),
    peakBytes: peakOf(costs),
    target: '< 250 MB resident',
    reached: peakOf(costs) < 250e6
  }
}

export async function addManyEntries(scratch: string, scale: Scale): Promise<Row> {
  const folder = makeFolder(scratch, 'entries', scale.entries, 16)
  const costs = await rounds(scratch, { ...scale, rounds: 1 }, (home) =>
    kit(scratch, home, 'add', '-Q', folder)
  )
  rmSync(folder, { recursive: true })
  return {
    what: `add a folder of ${scale.entries.toLocaleString('en-US')} entries`,
    figure: perSecond(scale.entries, secondsOf(costs), 'files'),
    peakBytes: peakOf(costs),
    target: '< 400 MB resident',
    reached: peakOf(costs) < 400e6
  }
}
