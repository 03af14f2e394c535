/** `pin rm`: removes pins, here or from backends. */
import type { KitError } from '../../core/errors.js'
import { mappedCids } from '../../operations/parsed-cids.js'
import { pinRelease } from '../../operations/pin-release.js'
import { pinRemove } from '../../operations/pin-remove.js'
import { failureOf } from '../../operations/pin-store.js'
import { flagOf, type Context } from '../context.js'
import { chosenBackends } from './chosen-backends.js'
import { copiesAnswer, printCopies } from './pin-copies.js'

/** @returns the error of a copy that could not be removed. */
export async function run(context: Context): Promise<KitError | undefined> {
  const { services, run, args } = context
  const backends = chosenBackends(context)
  if (backends === undefined) {
    const { unpinned } = await pinRemove(services, { cids: args }, run)
    if (context.json) context.answer({ unpinned })
    else for (const cid of unpinned) context.print(context.quiet ? cid : `unpinned ${cid}`)
    return undefined
  }
  const cids = await mappedCids(services, args)
  const force = flagOf(context, 'force')
  const { copies } = await pinRelease(services, { cids, ...backends, force }, run)
  if (context.json) context.answer({ copies: copiesAnswer(copies) })
  else printCopies(context, copies)
  return failureOf(copies)
}
