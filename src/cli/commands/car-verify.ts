/** `car verify`: checks an archive without importing it. */
import { KitError } from '../../core/errors.js'
import { carVerify } from '../../operations/car-verify.js'
import type { Context } from '../context.js'
import { shortened } from '../table.js'
import { archiveFrom } from '../values.js'
import { counted } from '../counted.js'

/**
 * @returns INTEGRITY when a block is damaged, BLOCK_NOT_FOUND when a linked block is missing,
 *   UNSUPPORTED when that cannot be known.
 */
export async function run(context: Context): Promise<KitError | undefined> {
  const archive = archiveFrom(context.args[0]!)
  const report = await carVerify(context.services, { archive }, context.run)
  const { bad, missing, unreadable, hidden, blocks, roots } = report
  if (context.json) context.answer(report)
  else {
    for (const line of shortened(bad.map(({ offset, reason }) => `bad at ${offset}: ${reason}`)))
      context.print(line)
    for (const line of shortened(missing.map((cid) => `missing ${cid}`))) context.print(line)
    for (const line of shortened(
      unreadable.map(({ cid, reason }) => `unreadable ${cid}: ${reason}`)
    ))
      context.print(line)
    if (hidden > 0)
      context.print(
        `${counted(hidden, 'entry has a name', 'entries have names')} no file can have; a mount hides ${hidden === 1 ? 'it' : 'them'}`
      )
    context.print(
      `${counted(blocks, 'block')} below ${roots.join(', ')}: ${bad.length} bad, ${missing.length} missing`
    )
  }
  if (bad.length > 0)
    return new KitError(
      'INTEGRITY',
      `${context.args[0]} has ${counted(bad.length, 'damaged block')}`
    )
  if (missing.length > 0)
    return new KitError(
      'BLOCK_NOT_FOUND',
      `${context.args[0]} lacks ${counted(missing.length, 'block')}`
    )
  if (unreadable.length > 0)
    return new KitError(
      'UNSUPPORTED',
      `${context.args[0]} has blocks whose links cannot be read, so that others may be missing`
    )
  return undefined
}
