/** `dataset ls`: lists the datasets, each by its newest version. */
import { formatSize } from '../../config/units.js'
import { datasetList } from '../../operations/dataset-list.js'
import type { Context } from '../context.js'
import { listing } from '../table.js'

export async function run(context: Context): Promise<void> {
  const { datasets } = await datasetList(context.services, {}, context.run)
  if (context.json) return context.answer({ datasets })
  if (context.quiet) return context.print(datasets.map(({ name }) => name))
  if (datasets.length === 0) return context.note('there is no dataset; `ipfs-kit dataset put NAME FILE` makes one') // prettier-ignore
  const cells = datasets.map(({ name, version, rows, bytes, created_at, cid }) => [name, `v${version}`, String(rows), formatSize(bytes), created_at, cid]) // prettier-ignore
  context.print(listing(['NAME', 'VERSION', 'ROWS', 'SIZE', 'CREATED', 'CID'], cells, [2, 3]))
}
