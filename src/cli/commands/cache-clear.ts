/** `cache clear`: let go of everything in the cache. */
import { formatSize } from '../../config/units.js'
import type { Context } from '../context.js'
import { upstreamOptions } from '../remote.js'

export async function run(context: Context): Promise<void> {
  const remote = await context.services.openUpstream(context.home, upstreamOptions(context))
  try {
    const { cache } = await remote.report()
    await remote.clear()
    const freed = cache.disk.used + cache.memory.used
    if (context.json) context.answer({ blocks: cache.blocks, freed_bytes: freed })
    else context.print(`let go of ${cache.blocks} blocks, ${formatSize(freed)}`)
  } finally {
    await remote.close()
  }
}
