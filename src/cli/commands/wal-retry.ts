/** `wal retry`: takes operations up again. */
import { KitError } from '../../core/errors.js'
import { walRetry } from '../../operations/wal-retry.js'
import { flagOf, type Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const failed = flagOf(context, 'failed')
  if (!failed && context.args.length === 0)
    throw new KitError('USAGE', 'say which: ids of `ipfs-kit wal ls`, or --failed')
  const { retried } = await walRetry(context.services, { ids: context.args, failed }, context.run)
  if (context.json) return context.answer({ retried })
  if (retried.length === 0) context.note('no operation has failed')
  for (const id of retried) context.print(context.quiet ? id : `${id} is due now`)
  if (retried.length > 0)
    context.note(
      'an engine tries what is due when it looks next; `ipfs-kit pin heal` does so at once'
    )
}
