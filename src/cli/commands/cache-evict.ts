/** `cache evict`: removes blocks from the cache. */
import { cacheEvict } from '../../operations/cache-evict.js'
import type { Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const { evicted } = await cacheEvict(context.services, { cids: context.args }, context.run)
  if (context.json) context.answer({ evicted })
  else context.print(`removed ${evicted} of ${context.args.length} blocks`)
}
