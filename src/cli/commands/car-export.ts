/** `car export`: writes a DAG as CARv1, to a file or stdout. */
import { KitError } from '../../core/errors.js'
import { carExport, carExportTo } from '../../operations/car-export.js'
import { valueOf, type Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const path = context.args[0]!
  const output = valueOf(context, 'output')
  if (output !== undefined && output !== '-') {
    const result = await carExportTo(context.services, { path, output }, context.run)
    if (context.json) context.answer(result)
    return
  }
  if (context.json)
    throw new KitError('USAGE', '--json answers in place of the archive; name its file with -o')
  // Bytes of an archive would garble a terminal.
  if (process.stdout.isTTY)
    throw new KitError(
      'USAGE',
      'an archive is not for a terminal; name a file with -o, or redirect'
    )
  for await (const bytes of carExport(context.services, { path }, context.run))
    await context.write(bytes)
}
