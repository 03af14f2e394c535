/** What the threads of an engine share of what is fetched: loaded by all of them, so nothing heavy. */
import type { OpenCountsMemory } from '../service/open-counts.js'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { CacheReader } from '../cache/cache-reader.js'
import { CacheIndex } from '../cache/index-file.js'
import { CacheLayout } from '../cache/layout.js'
import type { CacheMemory } from '../cache/sizes.js'
import { TouchRing } from '../cache/touch-ring.js'
import { TieredBlocks, type ForeignBlocks } from '../cache/tiered-blocks.js'
import type { Cid } from '../core/cid.js'
import { ifPresent } from '../core/fs-durable.js'
import type { ForeignRepositoryMemory } from '../fetch/foreign-repositories.js'
import { FetchFlags, type FetchFlagsMemory } from '../fetch/fetch-flags.js'
import { NotReady } from '../core/not-ready.js'
import { blockNotFound, type StoreReader } from '../store/reader.js'

export interface FetchShare {
  readonly flags: FetchFlagsMemory
  readonly memory: CacheMemory | undefined
  /** Whether suspect objects of the cache are verified for a reader even where nothing is fetched. */
  readonly inspects?: boolean
  /** Whether reading is upkeep by the program, which is no use of what it reads. */
  readonly isUpkeep?: boolean
  /** Of an engine: what its threads read in the folders of others. */
  readonly foreignRepositories?: ForeignRepositoryMemory
  /** Of an engine: what was opened by its threads. */
  readonly opens?: OpenCountsMemory
}

/**
 * One thread's blocks: the store's, and the cache's behind them.
 * @param isAbsent whether it is known that nobody has a block; on the thread that fetches.
 * @param foreign blocks of foreign repositories; on threads that serve.
 */
export function sharedBlocks(
  home: string,
  store: StoreReader,
  share: FetchShare,
  isAbsent: (cid: Cid) => boolean = () => false,
  foreign?: ForeignBlocks
): TieredBlocks {
  const flags = new FetchFlags(share.flags)
  let reader: CacheReader | undefined
  const cache = (): CacheReader | undefined => {
    if (reader === undefined && flags.cached) reader = openCacheReader(home, share)
    return reader
  }
  const isWanted = (cid: Cid): boolean =>
    (flags.fetched && !isAbsent(cid)) ||
    (share.inspects === true && cache()?.isSuspect(cid.key) === true)
  const missing = (cid: Cid): Error =>
    isWanted(cid) ? new NotReady({ type: 'block', cid }) : blockNotFound(cid)
  const backends = (): string[] => ifPresent(() => readdirSync(join(home, 'backends'))) ?? []
  return new TieredBlocks(store, cache, {
    missing,
    foreign,
    backends,
    close: () => reader?.closeAll()
  })
}

function openCacheReader(home: string, share: FetchShare): CacheReader | undefined {
  const { memory, isUpkeep } = share
  const layout = new CacheLayout(home)
  const index = CacheIndex.openForReading(layout.index)
  if (index === undefined) return undefined
  if (memory === undefined)
    return new CacheReader(
      layout,
      index,
      undefined,
      isUpkeep === true ? undefined : () => undefined
    )
  const touches = new TouchRing(memory.touches)
  return new CacheReader(layout, index, memory.tier, (record) => touches.add(record))
}
