/** `backend rm`: forget a backend. What it holds stays where it is. */
import { removeConfigured } from '../../../backends/configured.js'
import { changedBackends, noSuchBackend } from '../backends.js'
import type { Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const name = context.args[0]!
  // Without reading it: one that is damaged is mended by removing it.
  if (!removeConfigured(context.home, name)) throw noSuchBackend(name)
  await changedBackends(context)
  if (context.json) context.answer({ name })
  else context.print(`removed backend ${name}; what it holds stays there`)
}
