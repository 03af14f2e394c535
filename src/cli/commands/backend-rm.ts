/** `backend rm`: forget a backend. What it holds stays where it is. */
import { removeConfigured } from '../../../backends/configured.js'
import { changedBackends, mustBeConfigured } from '../backends.js'
import type { Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const { name } = mustBeConfigured(context, context.args[0]!)
  removeConfigured(context.home, name)
  await changedBackends(context)
  if (context.json) context.answer({ name })
  else context.print(`removed backend ${name}; what it holds stays there`)
}
