/** `config check`: finds all that is wrong with a configuration. */
import { resolve } from 'node:path'
import { KitError } from '../../core/errors.js'
import { configCheck } from '../../operations/config-check.js'
import { sourcesFrom } from '../config-sources.js'
import type { Context } from '../context.js'
import { counted } from '../counted.js'

/** @returns CONFIG_INVALID where something is wrong. */
export async function run(context: Context): Promise<KitError | undefined> {
  const { home, options, args } = context
  const [named] = args
  const sources = { ...sourcesFrom(options), ...(named === undefined ? {} : { file: resolve(named) }) } // prettier-ignore
  const { file, problems } = configCheck({ home, sources })
  if (context.json) context.answer({ file, problems })
  else if (problems.length === 0) context.print(`${file}: valid`)
  else for (const problem of problems) context.print(problem)
  if (problems.length === 0) return undefined
  return new KitError('CONFIG_INVALID', `${file} has ${counted(problems.length, 'wrong setting')}`)
}
