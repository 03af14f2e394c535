/** `config check`: finds all that is wrong with a configuration. */
import { resolve } from 'node:path'
import { ERROR_CODES, KitError } from '../../core/errors.js'
import { configCheck } from '../../operations/config-check.js'
import { sourcesFrom } from '../config-sources.js'
import type { Context } from '../context.js'

/** @returns exit code 78 where something is wrong. */
export async function run(context: Context): Promise<number> {
  const { home, options, args } = context
  const [named] = args
  const sources = { ...sourcesFrom(options), ...(named === undefined ? {} : { file: resolve(named) }) } // prettier-ignore
  const { file, problems } = configCheck({ home, sources })
  if (context.json && problems.length > 0) throw new KitError('CONFIG_INVALID', problems.join('; '))
  if (context.json) context.answer({ file, problems })
  else if (problems.length === 0) context.print(`${file}: valid`)
  else for (const problem of problems) context.print(problem)
  return problems.length === 0 ? 0 : ERROR_CODES.CONFIG_INVALID.exit
}
