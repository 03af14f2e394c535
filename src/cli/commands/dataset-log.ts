/** `dataset log`: shows the history of a version. */
import { datasetLog } from '../../operations/dataset-log.js'
import type { Context } from '../context.js'
import { table } from '../table.js'
import { countFrom } from '../values.js'

export async function run(context: Context): Promise<void> {
  const request = { ref: context.args[0]!, limit: countFrom(context, 'limit') }
  const answer = await datasetLog(context.services, request, context.run)
  if (context.json) return context.answer(answer)
  if (context.quiet) return context.print(answer.versions.map(({ cid }) => cid))
  const cells = answer.versions.map(({ version, cid, rows, createdAt, tags, message }) => [version === null ? '' : `v${version}`, cid, String(rows), createdAt ?? '', tags.join(','), message]) // prettier-ignore
  for (const line of table(cells, [2])) context.print(line.trimEnd())
}
