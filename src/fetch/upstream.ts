/**
 * Holds everything that fetching needs: backends, cache, names and what connects them. One process
 * has it at a time, because one process writes the cache.
 */
import type { CacheLock } from '../cache/cache-lock.js'
import type { Cache } from '../cache/cache.js'
import type { Content } from '../content/content.js'
import { parseCidPath } from '../content/cid-path.js'
import { resolve } from '../content/resolver.js'
import { Cid } from '../core/cid.js'
import type { Log } from '../core/log.js'
import { isContent, whenReady, type ContentWant } from '../core/not-ready.js'
import type { Names } from '../names/names.js'
import type { FetchFlags } from './fetch-flags.js'
import type { Fetcher } from './fetcher.js'
import type { ForeignRepositoryKeeper } from './foreign-repository-keeper.js'
import { statsOf } from './open-pool.js'
import { originHash } from '../cache/origin.js'
import { cachedBlocks } from '../cache/list-records.js'
import { below } from '../content/walk.js'
import { inTurns } from '../core/turns.js'
import { BackendPool } from './backend-pool.js'
import type { UpstreamNews } from './upstream-news.js'
import type { BackendWatch } from './backend-watch.js'
import { Hottest } from './hottest.js'
import type { Retriever } from './retriever.js'
import type { CacheListing, ListedBlock, UpstreamContent, UpstreamStats } from './upstream-content.js' // prettier-ignore

/** How often the cache is maintained. */
const MAINTENANCE_MS = 100
/** How long replaced backends may finish their requests before they are closed. */
const CLOSE_DELAY_MS = 10_000

export interface UpstreamParts {
  readonly cache: Cache
  readonly lock: CacheLock
  readonly fetcher: Fetcher
  readonly retriever: Retriever
  /** Reads what is in the store and the cache. */
  readonly content: Content
  /** The store as this thread reads it. */
  readonly store: { refresh(): void; close(): void }
  readonly names: Names
  readonly flags: FetchFlags
  /** Keeps what the serving threads read themselves; only an engine has it. */
  readonly foreignKeeper: ForeignRepositoryKeeper | undefined
  /** Tells the log of backends that fail. */
  readonly watch: BackendWatch
  /** Tells those who watch an engine; only an engine has it. */
  readonly news: UpstreamNews | undefined
  readonly log: Log
  /** Opens the backends as they are configured now, reusing the unchanged ones of `before`. */
  readonly openPool: (before: BackendPool) => Promise<BackendPool>
}

export class Upstream implements UpstreamContent {
  readonly #parts: UpstreamParts
  readonly #timer: NodeJS.Timeout

  constructor(parts: UpstreamParts) {
    this.#parts = parts
    const { flags, fetcher, foreignKeeper } = parts
    flags.cached = true
    flags.fetched = !fetcher.pool.isEmpty
    foreignKeeper?.publishFolders(fetcher.pool.order())
    void foreignKeeper?.watch(() => this.#maintain())
    this.#timer = setInterval(() => this.#maintain(), MAINTENANCE_MS).unref()
  }

  get names(): Names {
    return this.#parts.names
  }

  /** Maintains the cache on a timer, where nobody would catch an error. */
  #maintain(): void {
    const { cache, fetcher, foreignKeeper, watch, news, log } = this.#parts
    const failed = (error: unknown): void => log.error('the cache cannot be looked after', error)
    const backends = fetcher.pool.members.map(({ backend }) => backend)
    watch.look(backends)
    news?.look(() => ({ fetched: fetcher.fetched, evicted: cache.evicted, backends }))
    // It runs offline too, where no miss triggers it: blocks that a kill left are usable once
    // checked.
    cache.inspect().catch(failed)
    try {
      foreignKeeper?.takeWhenQuiet()
      cache.promoteTouched()
    } catch (error) {
      failed(error)
    }
  }

  /**
   * Probes the health of all backends, which opens their connections before somebody needs them.
   */
  probeBackends(signal: AbortSignal): void {
    for (const { backend } of this.#parts.fetcher.pool.members)
      backend.health({ signal }).catch(() => undefined)
  }

  /** Whether another process waits for this cache. */
  get isWanted(): boolean {
    return this.#parts.lock.isWanted()
  }

  /** Returns whether no backend had a block a moment ago. */
  isAbsent(cid: Cid): boolean {
    return this.#parts.fetcher.isAbsent(cid)
  }

  /** Returns the verified block of a CID from a backend, whether it is stored or not. @throws KitError. */
  async fetchBlock(cid: Cid, signal: AbortSignal): Promise<Uint8Array> {
    return (await this.#parts.fetcher.pool.getBlock(cid, signal)).block
  }

  async retrieve(want: ContentWant, signal: AbortSignal): Promise<void> {
    const { retriever, news } = this.#parts
    news?.asked(want.cid)
    await retriever.retrieve(want, signal)
  }

  stats(): Promise<UpstreamStats> {
    return Promise.resolve(this.snapshot())
  }

  snapshot(): UpstreamStats {
    const { cache, fetcher, foreignKeeper } = this.#parts
    foreignKeeper?.take()
    return {
      cache: cache.stats(),
      fetch: fetcher.stats,
      backends: fetcher.pool.members.map(({ backend }) => statsOf(backend))
    }
  }

  async resolveName(name: string, signal: AbortSignal): Promise<Cid | undefined> {
    const { names } = this.#parts
    await names.resolve(name, signal)
    return names.known(name)?.cid
  }

  evict(cids: readonly string[]): Promise<number> {
    const { cache, foreignKeeper } = this.#parts
    foreignKeeper?.take()
    return Promise.resolve(cids.filter((cid) => cache.evict(Cid.parse(cid).key)).length)
  }

  async evictBelow(cids: readonly string[], signal: AbortSignal): Promise<number> {
    const { cache, content, foreignKeeper } = this.#parts
    foreignKeeper?.take()
    // All of it is found before the first block goes, as the way leads through them.
    const found: Cid[] = []
    const roots = cids.map((cid) => Cid.parse(cid))
    for await (const { cid } of inTurns(below(roots, content), signal)) found.push(cid)
    const before = cache.stats().blocks
    for await (const cid of inTurns(found, signal)) cache.evict(cid.key)
    return before - cache.stats().blocks
  }

  async listCache(limit: number, signal: AbortSignal): Promise<CacheListing> {
    const { cache, fetcher, foreignKeeper } = this.#parts
    foreignKeeper?.take()
    const names = new Map(fetcher.pool.members.map(({ backend: { name } }) => [originHash(name), name])) // prettier-ignore
    const hottest = new Hottest<ListedBlock>(limit)
    for await (const block of inTurns(cachedBlocks(cache.index.records), signal)) {
      const { cid, size, isOnDisk, reads, origin } = block
      const tier = isOnDisk ? 'disk' : 'memory'
      hottest.add({ cid, size, tier, reads, backend: names.get(origin) ?? null })
    }
    return { blocks: hottest.list(), total: cache.stats().blocks }
  }

  clear(): Promise<void> {
    const { cache, foreignKeeper } = this.#parts
    foreignKeeper?.take()
    cache.clear()
    return Promise.resolve()
  }

  /** Reads the store's manifest again. */
  refresh(): void {
    this.#parts.store.refresh()
  }

  /** Opens the backends anew. Unchanged ones keep their counts. */
  async reload(): Promise<void> {
    const { fetcher, foreignKeeper, flags } = this.#parts
    const before = fetcher.pool
    const pool = await this.#parts.openPool(before)
    fetcher.replacePool(pool)
    foreignKeeper?.publishFolders(pool.order())
    flags.fetched = !pool.isEmpty
    const reused = new Set(pool.members.map(({ backend }) => backend))
    const replaced = before.members.filter(({ backend }) => !reused.has(backend))
    // The delay lets a replaced backend finish the requests it is answering.
    setTimeout(() => {
      new BackendPool(replaced)
        .close()
        .catch((error: unknown) => this.#parts.log.error('a backend does not close', error))
    }, CLOSE_DELAY_MS).unref()
  }

  async close(): Promise<void> {
    const { flags, fetcher, foreignKeeper, cache, store, lock } = this.#parts
    clearInterval(this.#timer)
    flags.fetched = false
    await fetcher.pool.close()
    foreignKeeper?.close()
    await cache.close()
    store.close()
    lock.release()
  }
}

/**
 * Returns the CID at the end of a path, fetching what lies on the way.
 * @throws PATH_NOT_FOUND, and what fetching throws.
 */
export async function follow(
  text: string,
  content: Content,
  retriever: Retriever,
  signal: AbortSignal
): Promise<Cid> {
  const path = parseCidPath(text)
  return await whenReady(
    () => resolve(content, path),
    async (need) => {
      if (!isContent(need.want)) throw need
      await retriever.retrieve(need.want, signal)
      if (need.want.type === 'table') content.prepare(need.want.cid)
    }
  )
}
