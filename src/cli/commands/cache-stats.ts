/** `cache stats`: what the cache holds, and how often it was of use. */
import { formatSize } from '../../config/units.js'
import type { UpstreamReport, TierReport } from '../../service/report.js'
import type { Context } from '../context.js'
import { upstreamOptions } from '../remote.js'
import { table } from '../table.js'

export async function run(context: Context): Promise<void> {
  const remote = await context.services.openUpstream(context.home, upstreamOptions(context))
  try {
    const report = await remote.report()
    if (context.json) context.answer({ cache: report.cache, fetch: report.fetch })
    else print(context, report)
  } finally {
    await remote.close()
  }
}

function print(context: Context, { cache, fetch }: UpstreamReport): void {
  const row = (name: string, tier: TierReport): string[] => [
    name,
    `${formatSize(tier.used)} of ${formatSize(tier.capacity)}`,
    `${tier.blocks} blocks`,
    `${tier.hits} hits`,
    `${formatSize(tier.bytes)} read`
  ]
  for (const line of table([row('memory', cache.memory), row('disk', cache.disk)], [1, 2, 3]))
    context.print(line)
  context.print(
    `fetched ${fetch.fetched} blocks, ${formatSize(fetch.bytes)}; let go of ${cache.evicted}; ${cache.corrupt} were damaged`
  )
}
