/** Evicts single blocks from the cache. */
import type { Operation } from './operation.js'
import { parseCid } from './target.js'
import { withUpstream } from './with-upstream.js'

export interface CacheEvictRequest {
  readonly cids: readonly string[]
}

export interface CacheEvictResult {
  /** How many of these blocks were in the cache. */
  readonly evicted: number
}

/** Removes these blocks from the cache, but not the blocks below them. @throws INVALID_CID. */
export const cacheEvict: Operation<CacheEvictRequest, CacheEvictResult> = (
  services,
  request,
  run
) => {
  const cids = request.cids.map((text) => String(parseCid(text, services.mounts)))
  return withUpstream(services, run, async (upstream) => ({ evicted: await upstream.evict(cids) }))
}
