/** `cache evict`: removes blocks from the cache. */
import { cacheEvict } from '../../operations/cache-evict.js'
import { flagOf, type Context } from '../context.js'
import { counted } from '../counted.js'

export async function run(context: Context): Promise<void> {
  const { args, services, run } = context
  const isRecursive = flagOf(context, 'recursive')
  const { evicted } = await cacheEvict(services, { cids: args, isRecursive }, run)
  if (context.json) context.answer({ evicted })
  else context.print(isRecursive ? `removed ${counted(evicted, 'block')}` : `removed ${evicted} of ${counted(args.length, 'block')}`) // prettier-ignore
}
