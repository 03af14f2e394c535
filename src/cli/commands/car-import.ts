/** `car import`: imports archives, verifies every block and pins the roots. */
import { formatSize } from '../../config/units.js'
import { carImport } from '../../operations/car-import.js'
import { flagOf, type Context } from '../context.js'
import { archiveFrom } from '../values.js'

export async function run(context: Context): Promise<void> {
  const result = await carImport(
    context.services,
    { archives: context.args.map(archiveFrom), pin: !flagOf(context, 'no-pin') },
    context.run
  )
  if (context.json) return context.answer(result)
  for (const root of result.roots) context.print(context.quiet ? root : `imported ${root}`)
  if (!context.quiet)
    context.note(
      `${result.blocks} blocks, ${formatSize(result.bytes)}, ${result.duplicates} of them here before`
    )
}
