/** `service show`: prints the unit that `service install` would write. */
import { unitText } from '../../operations/unit-text.js'
import { unitElsewhere } from '../../operations/unit-folders.js'
import type { Context } from '../context.js'
import { unitFrom } from '../unit-options.js'

export async function run(context: Context): Promise<void> {
  const unit = unitFrom(context)
  const text = unitText(unit)
  const other = unitElsewhere(unit.name, unit.scope)
  if (other !== undefined) context.note(`installed is ${other.file}: say ${other.flag}`)
  if (context.json) context.answer({ unit: text })
  else context.print(text.trimEnd().split('\n'))
}
