/** Makes the parts of what is elsewhere, and hands them to each other. */
import { Cache } from '../cache/cache.js'
import { lockCache, type CacheLock } from '../cache/cache-lock.js'
import { sizesFor } from '../cache/sizes.js'
import { Content, TABLE_MEMORY } from '../content/content.js'
import { describeBlock } from '../formats/describe-block.js'
import { DirectoryFetcher, type DirectoryPorts } from '../fetch/directory-fetcher.js'
import { FetchFlags } from '../fetch/fetch-flags.js'
import type { FetchTools } from '../fetch/fetch-tools.js'
import { Fetcher } from '../fetch/fetcher.js'
import { FileFetcher, type FilePorts } from '../fetch/file-fetcher.js'
import { ForeignRepositoryKeeper } from '../fetch/foreign-repository-keeper.js'
import { openPool } from '../fetch/open-pool.js'
import type { BackendPool } from '../fetch/backend-pool.js'
import { BackendWatch } from '../fetch/backend-watch.js'
import { Retriever } from '../fetch/retriever.js'
import type { FetchSettings } from '../fetch/settings.js'
import { Streams } from '../fetch/streams.js'
import { keySources, recordSources } from '../fetch/name-sources.js'
import type { Cid } from '../core/cid.js'
import type { BlockSource } from '../store/ports.js'
import type { HandedBlock } from '../fetch/block-handover-ring.js'
import { follow, Upstream } from '../fetch/upstream.js'
import { UpstreamNews, type FetchNews } from '../fetch/upstream-news.js'
import { DnsLink } from '../names/dnslink.js'
import { parseFixedNames } from '../names/fixed-names.js'
import { KeptRecords } from '../names/kept-records.js'
import { Names } from '../names/names.js'
import { StoreReader } from '../store/reader.js'
import { sharedBlocks, type FetchShare } from './shared-blocks.js'

/** Bytes of blocks that are under way at a time. */
const IN_FLIGHT = 24 << 20

/** Opens the cache of a home, waiting for whoever has it, and the backends. @throws CONFIG_INVALID. */
export async function openUpstream(
  home: string,
  settings: FetchSettings,
  share: FetchShare,
  tools: FetchTools & { readonly tell?: (news: FetchNews) => void },
  signal: AbortSignal
): Promise<Upstream> {
  const pool = await openPool(home, settings.offline, tools.log.warn)
  let lock: CacheLock | undefined
  try {
    lock = await lockCache(home, tools.log.warn, signal)
    return compose({ home, settings, share, pool, lock, ...tools })
  } catch (error) {
    lock?.release()
    await pool.close()
    throw error
  }
}

/** What one engine fetches with: no part is made twice. */
interface Parts extends FetchTools {
  readonly home: string
  readonly settings: FetchSettings
  readonly share: FetchShare
  readonly pool: BackendPool
  readonly lock: CacheLock
  /** Tells those who watch an engine. */
  readonly tell?: (news: FetchNews) => void
}

function compose(parts: Parts): Upstream {
  const { home, settings, share, lock, log, tell } = parts
  const store = new StoreReader(home)
  const cache = openCache(parts)
  const blocks = sharedBlocks(home, store, share, (cid) => fetcher.isAbsent(cid))
  const fetcher: Fetcher = fetcherOf(parts, cache, blocks)
  const content = new Content(blocks, store, { memory: TABLE_MEMORY, prompt: true })
  const retriever = retrieverOf(parts, cache, blocks, fetcher, content)
  const names = namesOf(parts, fetcher, content, retriever)
  const foreignKeeper = foreignKeeperOf(parts, fetcher)
  const flags = new FetchFlags(share.flags)
  return new Upstream({
    cache,
    lock,
    fetcher,
    retriever,
    content,
    store,
    names,
    flags,
    foreignKeeper,
    watch: new BackendWatch(parts.clock, log),
    news: tell === undefined ? undefined : new UpstreamNews(parts.clock, tell),
    log,
    openPool: (before) => openPool(home, settings.offline, log.warn, before)
  })
}

function openCache({ home, settings, share, clock, log }: Parts): Cache {
  const { disk, memory, minAccessCount, maxItem } = settings
  const limits = { disk, minAccessCount, maxItem, clock, warn: log.warn }
  return Cache.open(home, sizesFor(home, disk, memory), limits, share.memory)
}

function fetcherOf({ pool, clock }: Parts, cache: Cache, blocks: BlockSource): Fetcher {
  const ports = {
    pool,
    has: (cid: Cid) => cid.isIdentity || blocks.find(cid.key) !== undefined,
    describe: describeBlock,
    keep: keepIn(cache),
    inspect: (cid: Cid) => cache.inspectBlock(cid.key)
  }
  return new Fetcher(ports, IN_FLIGHT, { clock })
}

const keepIn =
  (cache: Cache): FilePorts['keep'] =>
  (cid, block, meta) =>
    cache.put(cid, block, meta)

function retrieverOf(
  tools: FetchTools,
  cache: Cache,
  blocks: BlockSource,
  fetcher: Fetcher,
  content: Content
): Retriever {
  const streams = new Streams(fetcher, blocks, tools)
  const filePorts: FilePorts = {
    fetcher,
    streams,
    blocks,
    builds: cache.builds,
    room: cache.roomAhead,
    keep: keepIn(cache),
    describe: describeBlock,
    read: (root, position, length) => bytesOf(content, root, position, length)
  }
  const files = new FileFetcher(filePorts, tools)
  const directoryPorts: DirectoryPorts = {
    fetcher,
    content,
    streams,
    touched: () => cache.touched,
    ensure: (root, position, length, signal) => files.ensure(root, position, length, signal)
  }
  return new Retriever(fetcher, files, new DirectoryFetcher(directoryPorts, tools))
}

function bytesOf(content: Content, root: Cid, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  return bytes.subarray(0, content.read(root, position, bytes, 0, length))
}

const namesOf = (
  { home, clock, log, settings: { offline, resolver } }: Parts,
  fetcher: Fetcher,
  content: Content,
  retriever: Retriever
): Names =>
  new Names(
    {
      records: () => recordSources(fetcher.pool.order()),
      keys: () => keySources(fetcher.pool.order()),
      dnsLink: offline || resolver === 'off' ? undefined : new DnsLink(resolver),
      fixed: parseFixedNames(process.env['IPFS_NS_MAP']),
      kept: new KeptRecords(home, log.warn),
      follow: (path, signal) => follow(path, content, retriever, signal)
    },
    clock
  )

function foreignKeeperOf(
  { share, log }: Parts,
  fetcher: Fetcher
): ForeignRepositoryKeeper | undefined {
  if (share.foreignRepositories === undefined) return undefined
  const take = (block: HandedBlock): void => fetcher.takeHanded(block)
  return new ForeignRepositoryKeeper(share.foreignRepositories, take, { log })
}
