/** `backend update`: changes options of a backend; those not named stay. */
import { backendUpdate } from '../../operations/backend-update.js'
import { changeFrom } from '../backends.js'
import { flagOf, listOf, type Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const name = context.args[0]!
  const updated = await backendUpdate(
    context.services,
    {
      name,
      ...changeFrom(context),
      unset: listOf(context, 'unset'),
      newSecrets: flagOf(context, 'new-secret'),
      newPlace: flagOf(context, 'new-place')
    },
    context.run
  )
  if (context.json) context.answer(updated)
  else context.print(`updated backend ${name}`)
}
