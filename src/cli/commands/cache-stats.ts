/** `cache stats`: shows what the cache holds, and how often it was hit. */
import type { TierStats } from '../../operations/cache-stats.js'
import { formatSize } from '../../config/units.js'
import { cacheStats, type CacheStatsResult } from '../../operations/cache-stats.js'
import type { Context } from '../context.js'
import { table } from '../table.js'
import { counted } from '../counted.js'

export async function run(context: Context): Promise<void> {
  const stats = await cacheStats(context.services, {}, context.run)
  if (context.json) context.answer(stats)
  else print(context, stats)
}

function print(context: Context, { cache, fetch }: CacheStatsResult): void {
  const row = (name: string, tier: TierStats): string[] => [
    name,
    `${formatSize(tier.used)} of ${formatSize(tier.capacity)}`,
    counted(tier.blocks, 'block'),
    counted(tier.hits, 'hit'),
    `${formatSize(tier.bytes)} read`
  ]
  for (const line of table([row('memory', cache.memory), row('disk', cache.disk)], [1, 2, 3]))
    context.print(line)
  context.print(
    `fetched ${counted(fetch.fetched, 'block')}, ${formatSize(fetch.bytes)}; ${cache.evicted} evicted, ${cache.corrupt} damaged`
  )
}
