/** Kubo: its own mount, and `ipfs add`. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { shell, type Cost } from '../measure.js'
import { startMount } from './daemon.js'
import { forParts, type Part, type Place, type Sources } from './place.js'

/** From dist/bench/peers, where this file is when it runs. */
const SCRIPT = fileURLToPath(new URL('../../../.ci/kubo', import.meta.url))

/**
 * The program, built once from its Go module into the user's cache folder (.ci/kubo).
 * @returns undefined where it is not there and cannot be built.
 */
export function findKubo(build: boolean): Promise<string | undefined> {
  const env = { ...process.env, ...(build ? {} : { IPFS_KIT_BUILD: 'no' }) }
  const stdio = ['ignore', 'pipe', 'inherit'] as const
  const { status, stdout } = spawnSync('sh', [SCRIPT], { env, stdio: [...stdio], encoding: 'utf8' })
  return Promise.resolve(status === 0 ? stdout.trim() : undefined)
}

/** A repository without network, and `ipfs` on it. */
export class KuboRepo {
  readonly path: string
  readonly #ipfs: string

  constructor(ipfs: string, path: string) {
    this.#ipfs = ipfs
    this.path = path
  }

  async init(): Promise<void> {
    await this.#run('init --profile=test,server')
    // The daemon would keep looking for peers that are not there.
    await this.#run('config --json Provide.Enabled false')
    await this.#run('config --json AutoTLS.Enabled false')
    await this.#run('config --json AutoConf.Enabled false')
  }

  async configure(key: string, value: string): Promise<void> {
    await this.#run(`config ${key} ${value}`)
  }

  #run(line: string): Promise<Cost> {
    return shell(`IPFS_PATH=${this.path} ${this.#ipfs} ${line}`)
  }

  /** Add with the same profile as ours. */
  add(path: string): Promise<Cost> {
    return this.#run(
      `add -Q -r --cid-version=1 --raw-leaves --chunker=size-1048576 --max-file-links=1024 ${path}`
    )
  }

  /** The files that hold its blocks, one each. */
  files(): string[] {
    return readdirSync(join(this.path, 'blocks'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
  }

  mount(mountpoints: readonly string[]): ReturnType<typeof startMount> {
    const [ipfs, ipns, mfs] = mountpoints
    const flags = ['--mount', `--mount-ipfs=${ipfs}`, `--mount-ipns=${ipns}`, `--mount-mfs=${mfs}`]
    return startMount(this.#ipfs, ['daemon', ...flags], mountpoints, { IPFS_PATH: this.path })
  }
}

/** Kubo's mount of the same content. */
export async function kubo(ipfs: string, sources: Sources, scratch: string): Promise<Place> {
  const repo = new KuboRepo(ipfs, join(scratch, 'kubo'))
  await repo.init()
  const known = new Set(repo.files())
  const backing: Record<Part, string[]> = { ...forParts(() => []) }
  const add = async (part: Part): Promise<string> => {
    const { stdout } = await repo.add(sources[part])
    backing[part] = repo.files().filter((path) => !known.has(path))
    for (const path of backing[part]) known.add(path)
    return stdout
  }
  const cids = {
    file: await add('file'),
    folder: await add('folder'),
    entries: await add('entries'),
    named: await add('named')
  }
  return {
    name: 'Kubo',
    open: async (mountpoint) => {
      const points = ['ipfs', 'ipns', 'mfs'].map((name) => `${mountpoint}-${name}`)
      for (const point of points) mkdirSync(point, { recursive: true })
      const daemon = await repo.mount(points)
      return {
        paths: forParts((part) => join(points[0]!, cids[part])),
        backing,
        pids: async () => [daemon.pid],
        close: () => daemon.close()
      }
    }
  }
}
