/** The backends that `--backend` names. */
import type { Context } from '../context.js'
import { namesFrom } from '../values.js'

/** Returns the named backends; none of them for `all`, which means every one; undefined without the option. */
export function chosenBackends(
  context: Context
): { readonly backends?: readonly string[] } | undefined {
  const names = namesFrom(context, 'backend')
  if (names === undefined) return undefined
  return names.length === 1 && names[0] === 'all' ? {} : { backends: names }
}
