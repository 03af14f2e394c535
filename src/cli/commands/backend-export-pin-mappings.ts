/** `backend export-pin-mappings`: prints the mappings of a backend as one JSON document. */
import { exportMappings } from '../../operations/export-mappings.js'
import type { Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const document = await exportMappings(context.services, { name: context.args[0]! }, context.run)
  if (context.json) context.answer(document)
  else context.print(JSON.stringify(document, null, 2).split('\n'))
}
