/** Evicts blocks from the cache. */
import type { Operation } from './operation.js'
import { parseCid } from './target.js'
import { withUpstream } from './with-upstream.js'

export interface CacheEvictRequest {
  readonly cids: readonly string[]
  /** Whether the blocks below them go, too. */
  readonly isRecursive?: boolean
}

export interface CacheEvictResult {
  /** How many blocks went. */
  readonly evicted: number
}

/** Removes blocks from the cache; what is in the store stays. @throws INVALID_CID. */
export const cacheEvict: Operation<CacheEvictRequest, CacheEvictResult> = (
  services,
  request,
  run
) => {
  const cids = request.cids.map((text) => String(parseCid(text, services.mounts)))
  return withUpstream(services, run, async (upstream) => ({
    evicted:
      request.isRecursive === true
        ? await upstream.evictBelow(cids, run.signal)
        : await upstream.evict(cids)
  }))
}
