/** Lists the blocks of the cache. */
import type { CacheListing } from '../fetch/upstream-content.js'
import type { Operation } from './operation.js'
import { withUpstream } from './with-upstream.js'

export interface CacheListRequest {
  /** Most blocks that are listed. */
  readonly limit: number
}

/** @throws INVALID_ARGUMENT. */
export const cacheList: Operation<CacheListRequest, CacheListing> = (services, { limit }, run) =>
  withUpstream(services, run, (upstream) => upstream.listCache(limit, run.signal))
