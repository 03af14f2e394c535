/** `cache evict`: let go of blocks in the cache. */
import type { Context } from '../context.js'
import { upstreamOptions } from '../remote.js'
import { parseCid } from '../writing.js'

export async function run(context: Context): Promise<void> {
  const cids = context.args.map((text) => String(parseCid(text)))
  const remote = await context.services.openUpstream(context.home, upstreamOptions(context))
  try {
    const evicted = await remote.evict(cids)
    if (context.json) context.answer({ evicted })
    else context.print(`let go of ${evicted} of ${cids.length} blocks`)
  } finally {
    await remote.close()
  }
}
