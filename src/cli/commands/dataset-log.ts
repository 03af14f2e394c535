/** `dataset log`: shows the history of a version. */
import { datasetLog } from '../../operations/dataset-log.js'
import type { Context } from '../context.js'
import { listing } from '../table.js'
import { countFrom } from '../values.js'

export async function run(context: Context): Promise<void> {
  const request = { ref: context.args[0]!, limit: countFrom(context, 'limit') }
  const answer = await datasetLog(context.services, request, context.run)
  if (context.json) return context.answer(answer)
  if (context.quiet) return context.print(answer.versions.map(({ cid }) => cid))
  const cells = answer.versions.map(({ version, cid, rows, createdAt, tags, message }) => [version === null ? '' : `v${version}`, String(rows), createdAt ?? '', cid, tags.join(','), message]) // prettier-ignore
  context.print(listing(['VERSION', 'ROWS', 'CREATED', 'CID', 'TAGS', 'MESSAGE'], cells, [1]))
}
