/** `metadata show`: shows all that the index knows of a CID. */
import { Verbatim } from '../../core/snake-case.js'
import { presentedRecord } from '../../metadata/presented.js'
import { metadataShow } from '../../operations/metadata-show.js'
import type { Context } from '../context.js'
import { metadataLines } from '../metadata-lines.js'

export async function run(context: Context): Promise<void> {
  const request = { path: context.args[0]! }
  const { record, heat } = await metadataShow(context.services, request, context.run)
  if (context.json) return context.answer({ record: new Verbatim(presentedRecord(record)), heat })
  context.print(metadataLines(record))
}
