/**
 * Everything that is elsewhere and everything that was fetched: backends, cache, names, and what
 * brings the one into the other. One process has it at a time, as one writes the cache.
 */
import type { CacheLock } from '../cache/cache-lock.js'
import type { Cache } from '../cache/cache.js'
import type { Content } from '../content/content.js'
import { parseCidPath, resolve } from '../content/resolver.js'
import { Cid } from '../core/cid.js'
import type { Log } from '../core/log.js'
import { isContent, whenReady, type ContentWant } from '../core/not-ready.js'
import type { Names } from '../names/names.js'
import type { FetchFlags } from './fetch-flags.js'
import type { Fetcher } from './fetcher.js'
import type { ForeignRepositoryKeeper } from './foreign-repository-keeper.js'
import { statsOf } from './open-pool.js'
import { BackendPool } from './backend-pool.js'
import type { Retriever } from './retriever.js'
import type { UpstreamContent, UpstreamStats } from './upstream-content.js'

const MAINTENANCE_MS = 100
/** How long backends that were replaced may finish what they are at. */
const FAREWELL_MS = 10_000

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
  /** Of an engine: takes in what its serving threads read themselves. */
  readonly foreignKeeper: ForeignRepositoryKeeper | undefined
  readonly log: Log
  /** Opens the backends as they are configured now, those that have not changed from before. */
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
    foreignKeeper?.tell(fetcher.pool.order())
    void foreignKeeper?.watch(() => this.#maintain())
    this.#timer = setInterval(() => this.#maintain(), MAINTENANCE_MS).unref()
  }

  get names(): Names {
    return this.#parts.names
  }

  /** Runs on a timer, where nobody would catch what it throws. */
  #maintain(): void {
    const { cache, foreignKeeper, log } = this.#parts
    const failed = (error: unknown): void => log.error('the cache cannot be looked after', error)
    // Offline too, where no miss comes by: what was left by a kill is here once it is checked.
    cache.inspect().catch(failed)
    try {
      foreignKeeper?.takeWhenQuiet()
      cache.promoteTouched()
    } catch (error) {
      failed(error)
    }
  }

  /** Asks the backends how they are: their connections are there when somebody needs them. */
  greet(signal: AbortSignal): void {
    for (const { backend } of this.#parts.fetcher.pool.members)
      backend.health({ signal }).catch(() => undefined)
  }

  /** Whether another process waits for this cache. */
  get isWanted(): boolean {
    return this.#parts.lock.isWanted()
  }

  /** Whether it was found out a moment ago that nobody has a block. */
  isAbsent(cid: Cid): boolean {
    return this.#parts.fetcher.isAbsent(cid)
  }

  retrieve(want: ContentWant, signal: AbortSignal): Promise<void> {
    return this.#parts.retriever.retrieve(want, signal)
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

  clear(): Promise<void> {
    const { cache, foreignKeeper } = this.#parts
    foreignKeeper?.take()
    cache.clear()
    return Promise.resolve()
  }

  /** Takes up what changed in the store. */
  refresh(): void {
    this.#parts.store.refresh()
  }

  /** Backends that are as they were go on with what they counted. */
  async reload(): Promise<void> {
    const { fetcher, foreignKeeper, flags } = this.#parts
    const before = fetcher.pool
    const pool = await this.#parts.openPool(before)
    fetcher.use(pool)
    foreignKeeper?.tell(pool.order())
    flags.fetched = !pool.isEmpty
    const kept = new Set(pool.members.map(({ backend }) => backend))
    const gone = before.members.filter(({ backend }) => !kept.has(backend))
    // Whoever is being answered by one of them shall have his answer.
    setTimeout(() => {
      new BackendPool(gone)
        .close()
        .catch((error: unknown) => this.#parts.log.error('a backend does not close', error))
    }, FAREWELL_MS).unref()
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

/** Returns the CID at the end of a path, fetching what lies on the way. */
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
