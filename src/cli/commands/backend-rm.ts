/** `backend rm`: removes a backend; its content stays where it is. */
import { backendRemove } from '../../operations/backend-remove.js'
import { flagOf, type Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const request = { name: context.args[0]!, force: flagOf(context, 'force') }
  const { name } = await backendRemove(context.services, request, context.run)
  if (context.json) context.answer({ name })
  else context.print(`removed backend ${name}; its content stays where it is`)
}
