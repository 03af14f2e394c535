/** `pin heal`: stores again what backends lack. */
import type { KitError } from '../../core/errors.js'
import { parsedCids } from '../../operations/parsed-cids.js'
import { pinHeal } from '../../operations/pin-heal.js'
import { failureOf } from '../../operations/pin-store.js'
import { flagOf, type Context } from '../context.js'
import { counted } from '../counted.js'
import { chosenBackends } from './chosen-backends.js'
import { copiesAnswer, printCopies } from './pin-copies.js'

/** @returns the error of a copy that could not be healed. */
export async function run(context: Context): Promise<KitError | undefined> {
  const { services, run, args } = context
  const readData = flagOf(context, 'read-data')
  const request = { cids: parsedCids(services, args), ...chosenBackends(context), readData }
  const { copies, sound, swept } = await pinHeal(services, request, run)
  if (context.json) context.answer({ copies: copiesAnswer(copies), sound, swept })
  else {
    printCopies(context, copies)
    if (!context.quiet) {
      context.print(`${counted(sound, 'copy', 'copies')} needed nothing`)
      if (swept > 0) context.print(`${counted(swept, 'file', 'files')} of killed uploads removed`)
    }
  }
  return failureOf(copies)
}
