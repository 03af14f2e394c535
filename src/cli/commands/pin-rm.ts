/** `pin rm`: removes pins. */
import { pinRemove } from '../../operations/pin-remove.js'
import type { Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const { unpinned } = await pinRemove(context.services, { cids: context.args }, context.run)
  if (context.json) context.answer({ unpinned })
  else for (const cid of unpinned) context.print(context.quiet ? cid : `unpinned ${cid}`)
}
