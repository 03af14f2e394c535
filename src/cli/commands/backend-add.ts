/** `backend add`: adds a backend, from which missing content is fetched. */
import { BACKEND_TYPES } from '../../../backends/registry.js'
import { KitError } from '../../core/errors.js'
import { backendAdd } from '../../operations/backend-add.js'
import { changeFrom } from '../backends.js'
import { valueOf, type Context } from '../context.js'

const TYPES = new Intl.ListFormat('en-GB', { type: 'disjunction' })

export async function run(context: Context): Promise<void> {
  const name = context.args[0]!
  const type = valueOf(context, 'type')
  if (type === undefined)
    throw new KitError('USAGE', `--type is needed: ${TYPES.format(Object.keys(BACKEND_TYPES))}`)
  const added = await backendAdd(
    context.services,
    { name, type, ...changeFrom(context) },
    context.run
  )
  if (context.json) context.answer(added)
  else
    context.print(`added backend ${name} (${type}); try it with \`ipfs-kit backend test ${name}\``)
}
