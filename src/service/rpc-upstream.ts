/** Fetches through the engine that owns the home. */
import { Cid } from '../core/cid.js'
import type { ContentWant } from '../core/not-ready.js'
import type { CacheListing, UpstreamContent, UpstreamStats } from '../fetch/upstream-content.js'
import type { OwnerClient } from './owner-client.js'
import { toMessage } from './want-message.js'

const NO_TIER = { used: 0, capacity: 0, blocks: 0, hits: 0, bytes: 0 }

/** Statistics of an engine that has neither backends nor a cache. */
const NOTHING: UpstreamStats = {
  cache: { memory: NO_TIER, disk: NO_TIER, blocks: 0, corrupt: 0, evicted: 0, arcTarget: 0 },
  fetch: { fetched: 0, bytes: 0, inFlight: 0, queued: 0 },
  backends: []
}

export class RpcUpstream implements UpstreamContent {
  readonly #client: OwnerClient

  constructor(client: OwnerClient) {
    this.#client = client
  }

  async retrieve(want: ContentWant, signal: AbortSignal): Promise<void> {
    await this.#client.call('retrieve', toMessage(want), { signal })
  }

  async resolveName(name: string, signal: AbortSignal): Promise<Cid | undefined> {
    const text = await this.#client.call('resolveName', { name }, { signal })
    return text === null ? undefined : Cid.parse(text)
  }

  async stats(): Promise<UpstreamStats> {
    return (await this.#client.call('report', {})).remote ?? NOTHING
  }

  evict(cids: readonly string[]): Promise<number> {
    return this.#client.call('evict', { cids })
  }

  evictBelow(cids: readonly string[], signal: AbortSignal): Promise<number> {
    return this.#client.call('evictBelow', { cids }, { signal })
  }

  listCache(limit: number, signal: AbortSignal): Promise<CacheListing> {
    return this.#client.call('listCache', { limit }, { signal })
  }

  async clear(): Promise<void> {
    await this.#client.call('clearCache', {})
  }

  async reload(): Promise<void> {
    await this.#client.call('reloadBackends', {})
  }

  close(): Promise<void> {
    this.#client.close()
    return Promise.resolve()
  }
}
