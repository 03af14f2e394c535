/** `get`: copies a file or folder out of the store to the disk. */
import { KitError } from '../../core/errors.js'
import { get } from '../../operations/get.js'
import { valueOf, type Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const output = valueOf(context, 'output')
  if (output === '-')
    throw new KitError('USAGE', '-o names what to make; `ipfs-kit cat` writes to stdout')
  const result = await get(context.services, { path: context.args[0]!, output }, context.run)
  if (context.json) context.answer(result)
  else context.note(`saved ${result.output}`)
}
