/** `config set` and `config unset`: change one value of the configuration file. */
import { configSet } from '../../operations/config-set.js'
import { sourcesFrom } from '../config-sources.js'
import type { Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const { home, options, args, run } = context
  const [key = '', value] = args
  const result = configSet({ home, sources: sourcesFrom(options), key, value })
  if (result.overriddenBy !== null)
    run.warn(`${result.overriddenBy} is set in the environment and overrides the file`)
  if (context.json) context.answer(result)
  else if (result.value === null) context.print(`${key} is not in ${result.file} any more`)
  else context.print(`${key} is ${JSON.stringify(result.value)} in ${result.file}; mounts take it up when they are made anew`) // prettier-ignore
}
