/** Files of a Kubo node as streams of plain bytes. */
import { RAW, type Cid } from '../../src/core/cid.js'
import type { CallOptions } from '../facets/call.js'
import type { FileBatches, FileStreams } from '../facets/streams.js'
import { OFFLINE, NO_PROGRESS, type KuboApi } from './api.js'
import type { KuboRepo } from './repo.js'

/** Blocks that are asked for at once: the first must not wait for all. */
const AT_ONCE = 32

export class KuboStreams implements FileStreams, FileBatches {
  readonly #api: KuboApi
  readonly #repo: KuboRepo | undefined

  constructor(api: KuboApi, repo: KuboRepo | undefined) {
    this.#api = api
    this.#repo = repo
  }

  readFile(cid: Cid, position: number, { signal }: CallOptions): AsyncIterable<Uint8Array> {
    const offset = ['offset', String(position)] as const
    return this.#api.stream('cat', [['arg', String(cid)], offset, NO_PROGRESS, OFFLINE], signal)
  }

  readFiles(cids: readonly Cid[], { signal }: CallOptions): AsyncIterable<Uint8Array> {
    const repo = this.#repo
    // The file that a raw block is, is the block.
    if (repo !== undefined && cids.every(({ codec }) => codec === RAW)) return inTurn(repo, cids)
    const args = cids.map((cid) => ['arg', String(cid)] as const)
    return this.#api.stream('cat', [...args, NO_PROGRESS, OFFLINE], signal)
  }
}

async function* inTurn(repo: KuboRepo, cids: readonly Cid[]): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < cids.length; from += AT_ONCE) {
    const blocks = cids.slice(from, from + AT_ONCE).map((cid) => repo.get(cid))
    for (const block of blocks) block.catch(() => undefined)
    for (const block of blocks) yield await block
  }
}
