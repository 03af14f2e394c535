/** `cache clear`: removes everything from the cache. */
import { formatSize } from '../../config/units.js'
import { cacheClear } from '../../operations/cache-clear.js'
import type { Context } from '../context.js'
import { counted } from '../counted.js'

export async function run(context: Context): Promise<void> {
  const cleared = await cacheClear(context.services, {}, context.run)
  if (context.json) context.answer(cleared)
  else
    context.print(`removed ${counted(cleared.blocks, 'block')}, ${formatSize(cleared.freedBytes)}`)
}
