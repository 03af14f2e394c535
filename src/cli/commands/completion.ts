/** `completion`: prints a shell's completion script, which asks `ipfs-kit complete`. */
import { KitError } from '../../core/errors.js'
import { SHELLS } from '../completion-scripts.js'
import type { Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const shell = context.args[0]!
  if (!Object.hasOwn(SHELLS, shell))
    throw new KitError(
      'USAGE',
      `completions exist for ${Object.keys(SHELLS).join(', ')}, not for "${shell}"`
    )
  context.print(SHELLS[shell as keyof typeof SHELLS].trimEnd().split('\n'))
}
