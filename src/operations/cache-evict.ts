/** Letting go of single blocks in the cache. */
import type { Operation } from './operation.js'
import { parseCid } from './target.js'
import { withUpstream } from './with-upstream.js'

export interface CacheEvictRequest {
  readonly cids: readonly string[]
}

export interface CacheEvictResult {
  /** How many of these blocks were there. */
  readonly evicted: number
}

/** Lets go of single blocks, not of what is below them. */
export const cacheEvict: Operation<CacheEvictRequest, CacheEvictResult> = (
  services,
  request,
  run
) => {
  const cids = request.cids.map((text) => String(parseCid(text)))
  return withUpstream(services, run, async (upstream) => ({ evicted: await upstream.evict(cids) }))
}
