/** IPFS Cluster: several Kubo nodes that keep pins together. */
import { optional, orNull, record, text } from '../../src/core/shape.js'
import type { Backend, BackendHealth } from '../backend.js'
import type { CallOptions } from '../facets/call.js'
import type { Facets } from '../facets/facets.js'
import { wordsFrom } from '../json-answer.js'
import { Lifetime } from '../lifetime.js'
import type { Secrets } from '../secrets.js'
import { ClusterApi } from './api.js'
import type { IpfsClusterOptions } from './options.js'
import { ClusterPins } from './pins.js'

const id = record<{ version: string; peername?: string | null | undefined }>({
  version: text,
  peername: optional(orNull(text))
})

const keys = (value: unknown): number => Object.keys(value ?? {}).length
const graph = record({ cluster_links: keys, cluster_to_ipfs: keys })

export class IpfsClusterBackend implements Backend {
  readonly type = 'ipfs_cluster'
  readonly name: string
  readonly facets: Facets
  readonly #api: ClusterApi
  readonly #lifetime: Lifetime

  constructor(name: string, { url, replication }: IpfsClusterOptions, secrets: Secrets) {
    this.name = name
    this.#api = new ClusterApi(url, secrets)
    this.#lifetime = new Lifetime(name)
    const pins = new ClusterPins(this.#api, replication)
    this.facets = this.#lifetime.guard({
      pinStates: pins,
      remotePins: pins,
      pinRemoval: pins,
      carUploads: pins
    })
  }

  async health({ signal }: CallOptions): Promise<BackendHealth> {
    this.#lifetime.check(signal)
    const { version, peername } = await this.#api.get('/id', id, signal)
    const { cluster_links: peers, cluster_to_ipfs: nodes } = await this.#api.get('/health/graph', graph, signal) // prettier-ignore
    const peer = wordsFrom(peername ?? '') || this.#api.where
    return {
      version: `IPFS Cluster ${wordsFrom(version)}, peer ${peer}; IPFS answers at ${nodes} of ${peers} peers`
    }
  }

  close(): Promise<void> {
    this.#lifetime.end()
    this.#api.close()
    return Promise.resolve()
  }
}
