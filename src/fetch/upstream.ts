/** The composition root of fetching: backends, cache and what brings the one into the other. */
import { keySources, recordSources } from './name-sources.js'
import { Cache } from '../cache/cache.js'
import { sizesFor } from '../cache/room.js'
import { FetchFlags, sharedBlocks, type FetchShare } from './shared-blocks.js'
import { Content, TABLE_MEMORY } from '../content/content.js'
import { describeBlock } from '../formats/describe-block.js'
import { parseCidPath, resolve } from '../content/resolver.js'
import { Cid } from '../core/cid.js'
import { isContent, whenReady, type ContentWant } from '../core/not-ready.js'
import type { HandedBlock } from './block-handover-ring.js'
import { ForeignRepositoryKeeper } from './foreign-repository-keeper.js'
import { openPool, reportOf } from './open-pool.js'
import { DirectoryFetcher } from './directory-fetcher.js'
import { Fetcher } from './fetcher.js'
import { FileFetcher } from './file-fetcher.js'
import { BackendPool } from './pool.js'
import { Streams } from './streams.js'
import { Retriever } from './retriever.js'
import { DnsLink } from '../names/dnslink.js'
import { Names } from '../names/names.js'
import { StoreReader } from '../store/reader.js'
import type { UpstreamContent } from '../service/upstream-content.js'
import type { UpstreamReport } from '../service/report.js'
import { lockCache, type CacheLock } from '../service/home-lock.js'
import type { FetchSettings } from './settings.js'

/** Bytes of blocks that are under way at a time. */
const IN_FLIGHT = 24 << 20
const MAINTENANCE_MS = 100
/** How long backends that were replaced may finish what they are at. */
const FAREWELL_MS = 10_000

export class Upstream implements UpstreamContent {
  readonly cache: Cache
  readonly fetcher: Fetcher
  readonly retriever: Retriever
  readonly content: Content
  readonly names: Names
  readonly #home: string
  readonly #offline: boolean
  readonly #flags: FetchFlags
  readonly #store: StoreReader
  readonly #timer: NodeJS.Timeout
  readonly #lock: CacheLock
  readonly #foreignKeeper: ForeignRepositoryKeeper | undefined

  private constructor(
    home: string,
    pool: BackendPool,
    settings: FetchSettings,
    share: FetchShare,
    warn: (message: string) => void,
    lock: CacheLock
  ) {
    this.#home = home
    this.#lock = lock
    this.#offline = settings.offline
    const sizes = sizesFor(home, settings.disk, settings.memory)
    const { disk, minAccessCount, maxItem } = settings
    const cache = Cache.open(home, sizes, { disk, minAccessCount, maxItem, warn }, share.memory)
    this.cache = cache
    const store = new StoreReader(home)
    this.#store = store
    const isAbsent = (cid: Parameters<Fetcher['isAbsent']>[0]): boolean =>
      this.fetcher.isAbsent(cid)
    const blocks = sharedBlocks(home, store, share, isAbsent)
    this.fetcher = new Fetcher(
      {
        pool,
        has: (cid) => cid.isIdentity || blocks.find(cid.key) !== undefined,
        describe: describeBlock,
        keep: (cid, block, meta) => cache.put(cid, block, meta),
        inspect: (cid) => cache.inspectBlock(cid.key)
      },
      IN_FLIGHT
    )
    this.content = new Content(blocks, store, { memory: TABLE_MEMORY, prompt: true })
    const streams = new Streams(this.fetcher, blocks)
    const files = new FileFetcher({
      fetcher: this.fetcher,
      streams,
      blocks,
      builds: cache.builds,
      room: cache.roomAhead,
      keep: (cid, block, meta) => cache.put(cid, block, meta),
      describe: describeBlock,
      read: (root, position, length) => {
        const bytes = Buffer.alloc(length)
        return bytes.subarray(0, this.content.read(root, position, bytes, 0, length))
      }
    })
    const directories = new DirectoryFetcher({
      fetcher: this.fetcher,
      content: this.content,
      streams,
      touched: () => cache.touched,
      ensure: (root, position, length, signal) => files.ensure(root, position, length, signal)
    })
    this.retriever = new Retriever(this.fetcher, files, directories)
    this.names = new Names({
      records: () => recordSources(this.fetcher.pool.order()),
      keys: () => keySources(this.fetcher.pool.order()),
      dnsLink:
        settings.offline || settings.resolver === 'off'
          ? undefined
          : new DnsLink(settings.resolver),
      follow: (path, signal) => this.#follow(path, signal)
    })
    this.#flags = new FetchFlags(share)
    this.#flags.cached = true
    this.#flags.fetched = !pool.isEmpty
    if (share.foreignRepositories !== undefined) {
      const arrived = (handed: HandedBlock): void => this.fetcher.arrived(handed)
      this.#foreignKeeper = new ForeignRepositoryKeeper(share.foreignRepositories, arrived)
      this.#foreignKeeper.tell(pool.order())
      void this.#foreignKeeper.watch(() => this.#maintain())
    }
    this.#timer = setInterval(() => this.#maintain(), MAINTENANCE_MS).unref()
  }

  /** On a timer: nobody is there to catch what it throws. */
  #maintain(): void {
    const failed = (error: unknown): void =>
      console.error('the cache cannot be looked after', error)
    // Offline too, where no miss comes by: what was left by a kill is here once it is checked.
    this.cache.inspect().catch(failed)
    try {
      this.#foreignKeeper?.takeWhenQuiet()
      this.cache.promoteTouched()
    } catch (error) {
      failed(error)
    }
  }

  /** Open the cache of a home that is ours, and its backends. @throws CONFIG_INVALID. */
  static async open(
    home: string,
    settings: FetchSettings,
    share: FetchShare,
    warn: (message: string) => void,
    signal: AbortSignal
  ): Promise<Upstream> {
    const pool = await openPool(home, settings.offline)
    let lock: CacheLock | undefined
    try {
      lock = await lockCache(home, warn, signal)
      return new Upstream(home, pool, settings, share, warn, lock)
    } catch (error) {
      lock?.release()
      await pool.close()
      throw error
    }
  }

  /** Ask the backends how they are: their connections are there when somebody needs them. */
  greet(signal: AbortSignal): void {
    for (const { backend } of this.fetcher.pool.members)
      backend.health({ signal }).catch(() => undefined)
  }

  /** Whether another process waits for this cache. */
  get isWanted(): boolean {
    return this.#lock.isWanted()
  }

  retrieve(want: ContentWant, signal: AbortSignal): Promise<void> {
    return this.retriever.retrieve(want, signal)
  }

  report(): Promise<UpstreamReport> {
    return Promise.resolve(this.snapshot())
  }

  snapshot(): UpstreamReport {
    this.#foreignKeeper?.take()
    return {
      cache: this.cache.stats(),
      fetch: this.fetcher.stats,
      backends: this.fetcher.pool.members.map(({ backend }) => reportOf(backend))
    }
  }

  async resolveName(name: string, signal: AbortSignal): Promise<Cid | undefined> {
    await this.names.resolve(name, signal)
    return this.names.known(name)?.cid
  }

  /** The CID at the end of a path, fetching what lies on the way. */
  async #follow(text: string, signal: AbortSignal): Promise<Cid> {
    const path = parseCidPath(text)
    return await whenReady(
      () => resolve(this.content, path),
      async (need) => {
        if (!isContent(need.want)) throw need
        await this.retriever.retrieve(need.want, signal)
        if (need.want.type === 'table') this.content.prepare(need.want.cid)
      }
    )
  }

  evict(cids: readonly string[]): Promise<number> {
    this.#foreignKeeper?.take()
    return Promise.resolve(cids.filter((cid) => this.cache.evict(Cid.parse(cid).key)).length)
  }

  clear(): Promise<void> {
    this.#foreignKeeper?.take()
    this.cache.clear()
    return Promise.resolve()
  }

  /** Take up what changed in the store. */
  refresh(): void {
    this.#store.refresh()
  }

  /** Take up which backends there are now. Those that are as they were go on with what they counted. */
  async reload(): Promise<void> {
    const before = this.fetcher.pool
    const pool = await openPool(this.#home, this.#offline, before)
    this.fetcher.use(pool)
    this.#foreignKeeper?.tell(pool.order())
    this.#flags.fetched = !pool.isEmpty
    const kept = new Set(pool.members.map(({ backend }) => backend))
    const gone = before.members.filter(({ backend }) => !kept.has(backend))
    // Who is being answered by one of them shall have his answer.
    setTimeout(() => {
      new BackendPool(gone)
        .close()
        .catch((error: unknown) => console.error('a backend does not close', error))
    }, FAREWELL_MS).unref()
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#flags.fetched = false
    await this.fetcher.pool.close()
    this.#foreignKeeper?.close()
    await this.cache.close()
    this.#store.close()
    this.#lock.release()
  }
}
