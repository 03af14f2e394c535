/** Adding, durably: against hashing, copying and syncing with the system's tools, and `ipfs add`. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeFile, makeFolder, MIB } from './data.js'
import { kit, settle, shell, type Cost } from './measure.js'
import { findKubo, KuboRepo } from './peers/kubo.js'
import type { Row, Target } from './report.js'
import type { Scale } from './scale.js'

const NATIVE = 'system tools'

/** One way to add something; it cleans up after itself before the next. */
interface Way {
  readonly name: string
  readonly prepare: () => Promise<void>
  readonly add: () => Promise<Cost>
}

async function waysFor(
  scratch: string,
  scale: Scale,
  source: string,
  system: (copy: string) => string
): Promise<Way[]> {
  const home = join(scratch, 'home')
  const copy = join(scratch, 'copy')
  const ways: Way[] = [
    {
      name: 'ours',
      prepare: async () => rmSync(home, { recursive: true, force: true }),
      add: () => kit(scratch, home, 'add', '-Q', source)
    },
    {
      name: NATIVE,
      prepare: async () => rmSync(copy, { recursive: true, force: true }),
      add: () => shell(system(copy))
    }
  ]
  const ipfs = await findKubo(scale.fetchPeers)
  if (ipfs === undefined) return ways
  const repo = new KuboRepo(ipfs, join(scratch, 'kubo'))
  return [
    ...ways,
    {
      name: 'ipfs add',
      prepare: async () => {
        rmSync(repo.path, { recursive: true, force: true })
        await repo.init()
      },
      add: () => repo.add(source)
    }
  ]
}

/** Every way in turn, round after round. */
async function interleaved(
  scratch: string,
  scale: Scale,
  ways: readonly Way[]
): Promise<Map<string, Cost[]>> {
  const costs = new Map<string, Cost[]>(ways.map(({ name }) => [name, []]))
  for (let round = 0; round < scale.rounds; round++)
    for (const { name, prepare, add } of ways) {
      await prepare()
      settle(scratch, scale.warmMiB)
      costs.get(name)!.push(await add())
    }
  for (const { prepare } of ways) await prepare()
  return costs
}

const valuesOf = (
  costs: ReadonlyMap<string, readonly Cost[]>,
  value: (cost: Cost) => number
): Map<string, number[]> => new Map([...costs].map(([name, all]) => [name, all.map(value)]))

const peak = (what: string, costs: readonly Cost[]): Row => ({
  what: `memory, ${what}`,
  unit: 'MiB',
  values: new Map([['ours', costs.map(({ peakBytes }) => peakBytes / MIB)]])
})

export async function addOneFile(scratch: string, scale: Scale): Promise<Row[]> {
  const file = makeFile(scratch, 'one', scale.fileMiB)
  const ways = await waysFor(
    scratch,
    scale,
    file,
    (copy) => `openssl dgst -sha256 ${file} && cp ${file} ${copy} && sync ${copy}`
  )
  const costs = await interleaved(scratch, scale, ways)
  const megabytes = (scale.fileMiB * MIB) / 1e6
  const what = `add ${scale.fileMiB} MiB`
  return [
    { what, unit: 'MB/s', values: valuesOf(costs, ({ seconds }) => megabytes / seconds) },
    peak(what, costs.get('ours')!)
  ]
}

export async function addManyFiles(scratch: string, scale: Scale): Promise<Row[]> {
  const folder = makeFolder(scratch, 'many', scale.files, 4096)
  const ways = await waysFor(
    scratch,
    scale,
    folder,
    (copy) => `cp -r ${folder} ${copy} && sync -f ${copy}`
  )
  const costs = await interleaved(scratch, scale, ways)
  const what = `add ${scale.files.toLocaleString('en-US')} files of 4 KiB`
  return [
    { what, unit: 'files/s', values: valuesOf(costs, ({ seconds }) => scale.files / seconds) },
    peak(what, costs.get('ours')!)
  ]
}

/** Once, by us alone: what a large input costs in memory. */
async function addOnce(
  scratch: string,
  source: string,
  what: string,
  unit: Row['unit'],
  amount: number
): Promise<Row[]> {
  const home = join(scratch, 'home')
  const cost = await kit(scratch, home, 'add', '-Q', source)
  for (const path of [home, source]) rmSync(path, { recursive: true })
  return [{ what, unit, values: new Map([['ours', [amount / cost.seconds]]]) }, peak(what, [cost])]
}

export const addLargeFile = (scratch: string, scale: Scale): Promise<Row[]> =>
  addOnce(
    scratch,
    makeFile(scratch, 'large', scale.largeMiB),
    `add ${scale.largeMiB} MiB`,
    'MB/s',
    (scale.largeMiB * MIB) / 1e6
  )

export const addManyEntries = (scratch: string, scale: Scale): Promise<Row[]> =>
  addOnce(
    scratch,
    makeFolder(scratch, 'entries', scale.hugeEntries, 16),
    `add a folder of ${scale.hugeEntries.toLocaleString('en-US')} entries`,
    'files/s',
    scale.hugeEntries
  )

export function addingTargets(scale: Scale): Target[] {
  const file = `add ${scale.fileMiB} MiB`
  const files = `add ${scale.files.toLocaleString('en-US')} files of 4 KiB`
  const ours = 'ours'
  return [
    { what: file, ours, against: NATIVE, factor: 1 },
    { what: file, ours, against: 'ipfs add', factor: 1 },
    { what: files, ours, against: 10_000, factor: 1 },
    { what: files, ours, against: 'ipfs add', factor: 2 },
    { what: `memory, add ${scale.largeMiB} MiB`, ours, against: 250e6 / MIB, factor: 1 },
    {
      what: `memory, add a folder of ${scale.hugeEntries.toLocaleString('en-US')} entries`,
      ours,
      against: 400e6 / MIB,
      factor: 1
    }
  ]
}
