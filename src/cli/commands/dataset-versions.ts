/** `dataset versions`: lists the versions of a dataset, newest first. */
import { formatSize } from '../../config/units.js'
import { datasetVersions } from '../../operations/dataset-list.js'
import type { Context } from '../context.js'
import { listing } from '../table.js'

export async function run(context: Context): Promise<void> {
  const answer = await datasetVersions(context.services, { name: context.args[0]! }, context.run)
  if (context.json) return context.answer(answer)
  if (context.quiet) return context.print(answer.versions.map(({ cid }) => cid))
  const cells = answer.versions.map(({ version, rows, bytes, created_at, cid, tags, message }) => [`v${version}`, String(rows), formatSize(bytes), created_at, cid, tags.join(','), message]) // prettier-ignore
  context.print(listing(['VERSION', 'ROWS', 'SIZE', 'CREATED', 'CID', 'TAGS', 'MESSAGE'], cells, [1, 2])) // prettier-ignore
}
