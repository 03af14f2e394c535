/** `service show`: prints the unit that `service install` would write. */
import { unitText } from '../../operations/unit-text.js'
import type { Context } from '../context.js'
import { unitFrom } from '../unit-options.js'

export async function run(context: Context): Promise<void> {
  const text = unitText(unitFrom(context))
  if (context.json) context.answer({ unit: text })
  else context.print(text.trimEnd().split('\n'))
}
