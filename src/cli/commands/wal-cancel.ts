/** `wal cancel`: gives operations up. */
import { walCancel } from '../../operations/wal-cancel.js'
import type { Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const { cancelled } = await walCancel(context.services, { ids: context.args }, context.run)
  if (context.json) return context.answer({ cancelled })
  for (const id of cancelled) context.print(context.quiet ? id : `cancelled ${id}`)
  context.note(
    'a copy that was to be stored stays wanted; `ipfs-kit pin rm CID --backend NAME` gives it up'
  )
}
