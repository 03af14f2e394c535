/** `backend update`: other options for a backend; those that are not named stay. */
import { saveConfigured } from '../../../backends/configured.js'
import { checkOptions } from '../../../backends/registry.js'
import { changedBackends, commonFrom, mustBeConfigured, optionTexts } from '../backends.js'
import type { Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const name = context.args[0]!
  const before = mustBeConfigured(context, name)
  const { type } = before
  const options = { ...before.options, ...optionTexts(context) }
  const common = commonFrom(context, before)
  await checkOptions(name, type, options)
  saveConfigured(context.home, name, { type, options, ...common })
  await changedBackends(context)
  if (context.json) context.answer({ name, type, options, ...common })
  else context.print(`updated backend ${name}`)
}
