/** Makes the parts of what is elsewhere, and hands them to each other. */
import { Cache } from '../cache/cache.js'
import { lockCache, type CacheLock } from '../cache/cache-lock.js'
import { sizesFor } from '../cache/room.js'
import { Content, TABLE_MEMORY } from '../content/content.js'
import { describeBlock } from '../formats/describe-block.js'
import { DirectoryFetcher } from '../fetch/directory-fetcher.js'
import { FetchFlags } from '../fetch/fetch-flags.js'
import type { FetchTools } from '../fetch/fetch-tools.js'
import { Fetcher } from '../fetch/fetcher.js'
import { FileFetcher } from '../fetch/file-fetcher.js'
import { ForeignRepositoryKeeper } from '../fetch/foreign-repository-keeper.js'
import { openPool } from '../fetch/open-pool.js'
import type { BackendPool } from '../fetch/backend-pool.js'
import { Retriever } from '../fetch/retriever.js'
import type { FetchSettings } from '../fetch/settings.js'
import { Streams } from '../fetch/streams.js'
import { keySources, recordSources } from '../fetch/name-sources.js'
import { follow, Upstream } from '../fetch/upstream.js'
import { DnsLink } from '../names/dnslink.js'
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
  tools: FetchTools,
  signal: AbortSignal
): Promise<Upstream> {
  const pool = await openPool(home, settings.offline)
  let lock: CacheLock | undefined
  try {
    lock = await lockCache(home, tools.log.warn, signal)
    return compose(home, pool, settings, share, tools, lock)
  } catch (error) {
    lock?.release()
    await pool.close()
    throw error
  }
}

function compose(
  home: string,
  pool: BackendPool,
  settings: FetchSettings,
  share: FetchShare,
  tools: FetchTools,
  lock: CacheLock
): Upstream {
  const sizes = sizesFor(home, settings.disk, settings.memory)
  const { disk, minAccessCount, maxItem, offline, resolver } = settings
  const cache = Cache.open(
    home,
    sizes,
    { disk, minAccessCount, maxItem, warn: tools.log.warn },
    share.memory
  )
  const store = new StoreReader(home)
  const blocks = sharedBlocks(home, store, share, (cid) => fetcher.isAbsent(cid))
  const fetcher: Fetcher = new Fetcher(
    {
      pool,
      has: (cid) => cid.isIdentity || blocks.find(cid.key) !== undefined,
      describe: describeBlock,
      keep: (cid, block, meta) => cache.put(cid, block, meta),
      inspect: (cid) => cache.inspectBlock(cid.key)
    },
    IN_FLIGHT,
    tools
  )
  const content = new Content(blocks, store, { memory: TABLE_MEMORY, prompt: true })
  const streams = new Streams(fetcher, blocks, tools)
  const files = new FileFetcher(
    {
      fetcher,
      streams,
      blocks,
      builds: cache.builds,
      room: cache.roomAhead,
      keep: (cid, block, meta) => cache.put(cid, block, meta),
      describe: describeBlock,
      read: (root, position, length) => {
        const bytes = Buffer.alloc(length)
        return bytes.subarray(0, content.read(root, position, bytes, 0, length))
      }
    },
    tools
  )
  const directories = new DirectoryFetcher(
    {
      fetcher,
      content,
      streams,
      touched: () => cache.touched,
      ensure: (root, position, length, signal) => files.ensure(root, position, length, signal)
    },
    tools
  )
  const retriever = new Retriever(fetcher, files, directories)
  const names = new Names({
    records: () => recordSources(fetcher.pool.order()),
    keys: () => keySources(fetcher.pool.order()),
    dnsLink: offline || resolver === 'off' ? undefined : new DnsLink(resolver),
    follow: (path, signal) => follow(path, content, retriever, signal)
  })
  const foreignKeeper =
    share.foreignRepositories === undefined
      ? undefined
      : new ForeignRepositoryKeeper(
          share.foreignRepositories,
          (block) => fetcher.takeHanded(block),
          tools
        )
  return new Upstream({
    cache,
    lock,
    fetcher,
    retriever,
    content,
    store,
    names,
    flags: new FetchFlags(share.flags),
    foreignKeeper,
    log: tools.log,
    openPool: (before) => openPool(home, offline, before)
  })
}
