/** Clears the cache. */
import type { Operation } from './operation.js'
import { withUpstream } from './with-upstream.js'

export interface CacheClearResult {
  readonly blocks: number
  readonly freedBytes: number
}

/** Removes everything from the cache. The counts are those from just before. */
export const cacheClear: Operation<Record<string, never>, CacheClearResult> = (services, _, run) =>
  withUpstream(services, run, async (upstream) => {
    const { cache } = await upstream.stats()
    await upstream.clear()
    return { blocks: cache.blocks, freedBytes: cache.disk.used + cache.memory.used }
  })
