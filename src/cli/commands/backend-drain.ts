/** `backend drain`: moves the pins of a backend to others. */
import { KitError } from '../../core/errors.js'
import { backendDrain } from '../../operations/backend-drain.js'
import { failureOf } from '../../operations/pin-store.js'
import type { Context } from '../context.js'
import { counted } from '../counted.js'
import { namesFrom } from '../values.js'
import { copiesAnswer, printCopies } from './pin-copies.js'

/** @returns the error of a pin that stays. */
export async function run(context: Context): Promise<KitError | undefined> {
  const name = context.args[0]!
  const { copies, kept } = await backendDrain(
    context.services,
    { name, to: namesFrom(context, 'to') },
    context.run
  )
  if (context.json) context.answer({ copies: copiesAnswer(copies), kept })
  else {
    printCopies(context, copies)
    const isLeft = copies.some(({ backend, status }) => backend === name && status !== 'removed')
    if (kept === 0 && !isLeft)
      context.note(`${name} has no pins any more; \`ipfs-kit backend rm ${name}\` removes it`)
  }
  const failed = failureOf(copies)
  if (failed !== undefined || kept === 0) return failed
  return new KitError(
    'BUSY',
    `${counted(kept, 'pin')} of ${name} could not be moved and stay there`
  )
}
