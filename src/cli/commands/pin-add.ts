/** `pin add`: pins a root. */
import { pinAdd } from '../../operations/pin-add.js'
import { flagOf, valueOf, type Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const { pins } = await pinAdd(
    context.services,
    { paths: context.args, direct: flagOf(context, 'direct'), name: valueOf(context, 'name') },
    context.run
  )
  if (context.json) context.answer({ pins })
  else
    for (const { cid, type } of pins) context.print(context.quiet ? cid : `pinned ${cid} (${type})`)
}
