/** `pin verify`: verifies copies on backends. */
import { KitError } from '../../core/errors.js'
import { parsedCids } from '../../operations/parsed-cids.js'
import { pinVerify } from '../../operations/pin-verify.js'
import { flagOf, type Context } from '../context.js'
import { counted } from '../counted.js'
import { chosenBackends } from './chosen-backends.js'
import { copiesAnswer, printCopies } from './pin-copies.js'

/** @returns the error of a copy that is missing, damaged, or cannot be looked at. */
export async function run(context: Context): Promise<KitError | undefined> {
  const { services, run, args } = context
  const readData = flagOf(context, 'read-data')
  const request = { cids: parsedCids(services, args), ...chosenBackends(context), readData }
  const { copies } = await pinVerify(services, request, run)
  const wrong = copies.filter(({ status }) => status !== 'stored')
  if (context.json) context.answer({ copies: copiesAnswer(copies) })
  else {
    printCopies(context, wrong)
    if (!context.quiet)
      context.print(
        `${counted(copies.length - wrong.length, 'copy', 'copies')} ${readData ? 'hashed and sound' : 'there'}, ${wrong.length} not`
      )
  }
  const error = wrong.find((copy) => copy.error !== null)?.error
  if (error === undefined || error === null) return undefined
  return new KitError(
    error.code === 'PATH_NOT_FOUND' ? 'INTEGRITY' : error.code,
    `${wrong.length} of ${copies.length} copies are not as they should be; \`ipfs-kit pin heal\` mends what can be mended`
  )
}
