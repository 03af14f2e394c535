/** Reports what the cache holds, and how often it was hit. */
import type { CacheStats, TierStats } from '../cache/stats.js'
import type { FetchStats } from '../fetch/upstream-content.js'
import type { Operation } from './operation.js'
import { withUpstream } from './with-upstream.js'

export type { TierStats }

export interface CacheStatsResult {
  readonly cache: CacheStats
  readonly fetch: FetchStats
}

export const cacheStats: Operation<Record<string, never>, CacheStatsResult> = (services, _, run) =>
  withUpstream(services, run, async (upstream) => {
    const { cache, fetch } = await upstream.stats()
    return { cache, fetch }
  })
