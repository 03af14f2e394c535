/** `cat`: writes the bytes of files to stdout. */
import { cat } from '../../operations/cat.js'
import type { Context } from '../context.js'
import { countFrom } from '../values.js'

export async function run(context: Context): Promise<void> {
  const offset = countFrom(context, 'offset') ?? 0
  const length = countFrom(context, 'length') ?? Number.MAX_SAFE_INTEGER
  for (const path of context.args)
    for await (const bytes of cat(context.services, { path, offset, length }, context.run))
      await context.write(bytes)
}
