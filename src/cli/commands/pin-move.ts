/** `pin move`: moves copies to where the policy would choose now. */
import type { KitError } from '../../core/errors.js'
import { parsedCids } from '../../operations/parsed-cids.js'
import { pinMove } from '../../operations/pin-move.js'
import { failureOf } from '../../operations/pin-store.js'
import { flagOf, type Context } from '../context.js'
import { listing } from '../table.js'
import { countFrom } from '../values.js'
import { copiesAnswer, printCopies } from './pin-copies.js'

/** @returns the error of a copy that could not be moved. */
export async function run(context: Context): Promise<KitError | undefined> {
  const { services, run, args } = context
  const dryRun = flagOf(context, 'dry-run')
  const request = { cids: parsedCids(services, args), limit: countFrom(context, 'limit'), dryRun }
  const { moves, copies } = await pinMove(services, request, run)
  if (context.json) context.answer({ moves, copies: copiesAnswer(copies) })
  else if (!dryRun) printCopies(context, copies)
  else if (context.quiet) for (const { cid } of moves) context.print(cid)
  else
    context.print(
      listing(
        ['WHY', 'FROM', 'TO', 'CID'],
        moves.map(({ cid, from, to, why }) => [why, from, to, cid])
      )
    )
  if (moves.length + copies.length === 0 && !context.json && !context.quiet)
    context.note('every copy is where the policy would choose')
  return failureOf(copies)
}
