/** Kubo: by its RPC API, and where its repository lies on this machine from its files. */
import type { Backend, BackendHealth } from '../backend.js'
import type { CallOptions } from '../facets/call.js'
import type { Facets } from '../facets/facets.js'
import type { BlockFolder } from '../flatfs.js'
import { Lifetime } from '../lifetime.js'
import { KuboApi } from './api.js'
import { KuboBlocks } from './blocks.js'
import { KuboNames } from './names.js'
import type { KuboOptions } from './options.js'
import { KuboPeers } from './peers.js'
import { KuboPins } from './pins.js'
import { KuboRepo } from './repo.js'
import { KuboStreams } from './streams.js'
import { Skipped, type Warn } from '../skipped.js'

export class KuboBackend implements Backend {
  readonly type = 'kubo'
  readonly name: string
  readonly facets: Facets
  readonly #api: KuboApi
  readonly #repo: KuboRepo | undefined
  readonly #names: KuboNames
  readonly #lifetime: Lifetime

  constructor(name: string, { origin, headers, repo, network }: KuboOptions, warn?: Warn) {
    this.name = name
    this.#api = new KuboApi(origin, headers)
    this.#repo = repo === undefined ? undefined : KuboRepo.open(repo, new Skipped(name, warn))
    this.#names = new KuboNames(this.#api, origin)
    this.#lifetime = new Lifetime(name)
    const blocks = new KuboBlocks(this.#api, this.#repo, network)
    const pins = new KuboPins(this.#api, network)
    const streams = new KuboStreams(this.#api, this.#repo)
    this.facets = this.#lifetime.guard({
      blockReader: blocks,
      blockWriter: blocks,
      fileBatches: streams,
      nameRecords: this.#names,
      keys: this.#names,
      namePublishing: this.#names,
      pinStates: pins,
      remotePins: pins,
      pinRemoval: pins,
      carUploads: pins,
      peers: new KuboPeers(this.#api),
      // Blocks from its own files come faster than a stream through its gate.
      ...(this.#repo === undefined ? { fileStreams: streams } : {})
    })
  }

  get folder(): BlockFolder | undefined {
    return this.#repo?.folder
  }

  async health({ signal }: CallOptions): Promise<BackendHealth> {
    this.#lifetime.check(signal)
    this.#repo?.begin()
    const { Version: version } = await this.#api.json('version', [], signal)
    if (typeof version !== 'string') throw this.#api.strange('version')
    const from = this.#repo === undefined ? '' : ', blocks read from its repository'
    return { version: `Kubo ${version}${from}` }
  }

  close(): Promise<void> {
    this.#lifetime.end()
    this.#api.close()
    this.#names.close()
    return this.#repo?.close() ?? Promise.resolve()
  }
}
