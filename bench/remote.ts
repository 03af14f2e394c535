/**
 * Content that only a Kubo daemon has: read through our mount for the first time, by its RPC API
 * and from its repository, against `ipfs cat` and its own mount; and for the second time.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeFile, makeFolder, MIB } from './data.js'
import { checkpoint } from './interrupt.js'
import { bareKit, kit, shell } from './measure.js'
import { chill } from './chill.js'
import { findKubo, KuboRepo } from './peers/kubo.js'
import { readWhole, secondsOf } from './reading.js'
import type { Row, Target } from './report.js'
import type { Scale } from './scale.js'

const SMALL_READS = 1000
const WAYS = { 'ours, RPC': 'off', 'ours, repository': undefined } as const

const sequential = ({ fileMiB }: Scale): string => `cold from Kubo, ${fileMiB} MiB`
const again = ({ fileMiB }: Scale): string => `the same once more, ${fileMiB} MiB`
const small = ({ files }: Scale): string =>
  `cold from Kubo, ${Math.min(SMALL_READS, files).toLocaleString('en-US')} small files`
const FIRST_BYTE = 'cold from Kubo, command to first byte'

class Rows {
  readonly #rows = new Map<string, Row & { readonly values: Map<string, number[]> }>()

  add(what: string, unit: Row['unit'], name: string, value: number): void {
    const row = this.#rows.get(what) ?? { what, unit, values: new Map<string, number[]>() }
    this.#rows.set(what, row)
    row.values.set(name, [...(row.values.get(name) ?? []), value])
  }

  all(): Row[] {
    return [...this.#rows.values()]
  }
}

export async function readFromKubo(scratch: string, scale: Scale): Promise<Row[]> {
  const ipfs = await findKubo(scale.fetchPeers)
  if (ipfs === undefined) {
    console.error('reading from Kubo is left out: there is no Kubo here')
    return []
  }
  const file = makeFile(scratch, 'one', scale.fileMiB)
  const folder = makeFolder(scratch, 'many', scale.files, 4096)
  const repo = new KuboRepo(ipfs, join(scratch, 'kubo'))
  await repo.init()
  const cids = { file: (await repo.add(file)).stdout, folder: (await repo.add(folder)).stdout }
  const points = ['ipfs', 'ipns', 'mfs'].map((name) => join(scratch, `kubo-${name}`))
  for (const point of points) mkdirSync(point)
  const daemon = await repo.mount(points)
  const rows = new Rows()
  try {
    const api = readFileSync(join(repo.path, 'api'), 'utf8').trim()
    for (let round = 0; round < scale.rounds; round++) {
      await checkpoint()
      const path = (cid: string): string => join(points[0]!, cid)
      measure(rows, scale, 'Kubo', [join(repo.path, 'blocks')], path(cids.file), path(cids.folder))
      chill([join(repo.path, 'blocks')])
      const { seconds } = await shell(`IPFS_PATH=${repo.path} ${ipfs} cat ${cids.file} > /dev/null`)
      rows.add(sequential(scale), 'MB/s', 'ipfs cat', (scale.fileMiB * MIB) / 1e6 / seconds)
      readAgain(rows, scale, 'native', [file], file)
      for (const [name, direct] of Object.entries(WAYS))
        await measureOurs(rows, scale, { scratch, repo, cids, api, name, direct })
    }
  } finally {
    await daemon.close()
  }
  return rows.all()
}

/** Both reads through a mount, cold. */
function measure(
  rows: Rows,
  scale: Scale,
  name: string,
  backing: readonly string[],
  file: string,
  folder: string
): void {
  chill(backing)
  const seconds = secondsOf(() => readWhole(file))
  rows.add(sequential(scale), 'MB/s', name, (scale.fileMiB * MIB) / 1e6 / seconds)
  chill(backing)
  const names = readdirSync(folder).slice(0, SMALL_READS)
  const smallSeconds = secondsOf(() => {
    for (const entry of names) readFileSync(join(folder, entry))
  })
  rows.add(small(scale), 'files/s', name, names.length / smallSeconds)
}

/** Several times: it takes 40 ms, of which a virtual machine may take some for itself. */
function readAgain(
  rows: Rows,
  scale: Scale,
  name: string,
  backing: readonly string[],
  file: string
): void {
  for (let times = 0; times < 5; times++) {
    chill(backing)
    const seconds = secondsOf(() => readWhole(file))
    rows.add(again(scale), 'MB/s', name, (scale.fileMiB * MIB) / 1e6 / seconds)
  }
}

interface Ours {
  readonly scratch: string
  readonly repo: KuboRepo
  readonly cids: { readonly file: string; readonly folder: string }
  readonly api: string
  readonly name: string
  /** `--repo` of the backend; undefined for the repository itself. */
  readonly direct: string | undefined
}

async function measureOurs(rows: Rows, scale: Scale, ours: Ours): Promise<void> {
  const { scratch, repo, cids, api, name, direct } = ours
  const home = join(scratch, 'home')
  const mountpoint = join(scratch, 'mnt')
  rmSync(home, { recursive: true, force: true })
  const options = [
    '--type',
    'kubo',
    '--api',
    api,
    '--repo',
    direct ?? repo.path,
    '--network',
    'off'
  ]
  await kit(scratch, home, 'backend', 'add', 'node', ...options)
  const cold = await bareKit(home, 'cat', '--length', '1', cids.file)
  rows.add(FIRST_BYTE, 'ms', name, cold.seconds * 1000)
  rmSync(join(home, 'cache'), { recursive: true })
  await kit(scratch, home, 'mount', mountpoint)
  try {
    const at = (cid: string): string => join(mountpoint, 'ipfs', cid)
    measure(rows, scale, name, [join(repo.path, 'blocks')], at(cids.file), at(cids.folder))
    readAgain(rows, scale, name, [join(home, 'cache')], at(cids.file))
  } finally {
    await kit(scratch, home, 'unmount', '--force', mountpoint)
  }
}

/** What is asked of the figures, in one run on a quiet machine. */
export const remoteTargets = (scale: Scale): Target[] => [
  { what: sequential(scale), ours: 'ours, RPC', against: 'ipfs cat', factor: 0.85 },
  { what: sequential(scale), ours: 'ours, RPC', against: 'Kubo', factor: 2 },
  { what: sequential(scale), ours: 'ours, repository', against: 'Kubo', factor: 4 },
  { what: again(scale), ours: 'ours, RPC', against: 'native', factor: 0.9 },
  { what: small(scale), ours: 'ours, RPC', against: 'Kubo', factor: 0.5 },
  { what: small(scale), ours: 'ours, repository', against: 'Kubo', factor: 1.5 },
  { what: FIRST_BYTE, ours: 'ours, RPC', against: 1000, factor: 1 }
]
