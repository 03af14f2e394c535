/** `backend add`: from now on what is not here is fetched from there. */
import { KitError } from '../../core/errors.js'
import { backendAdd } from '../../operations/backend-add.js'
import { changeFrom } from '../backends.js'
import { valueOf, type Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const name = context.args[0]!
  const type = valueOf(context, 'type')
  if (type === undefined)
    throw new KitError('USAGE', '--type is needed: kubo, gateway or filesystem')
  const added = await backendAdd(
    context.services,
    { name, type, ...changeFrom(context) },
    context.run
  )
  if (context.json) context.answer(added)
  else
    context.print(`added backend ${name} (${type}); try it with \`ipfs-kit backend test ${name}\``)
}
