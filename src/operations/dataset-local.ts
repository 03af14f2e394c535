/** The parts of a version as local Parquet files. */
import { mkdtempSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { PartRecord, Version } from '../datasets/version-block.js'
import type { TableSource } from '../query/ports.js'
import type { ContentView } from './content-view.js'
import { partsOf } from './dataset-versions.js'
import { localFile } from './local-file.js'
import { partitionLink } from './partitions.js'
import type { Run } from './run.js'

/**
 * Returns a version as a table, whose files are those of the store where it has a part whole, else copies.
 * @param folder that is the caller's, for copies and links.
 * @param parts by default all of the version.
 */
export async function datasetSource(
  view: ContentView,
  version: Version,
  folder: string,
  run: Run,
  parts?: readonly PartRecord[]
): Promise<TableSource> {
  const { name, partitionBy, schema } = version
  const own = mkdtempSync(join(folder, 'parts-'))
  const files: string[] = []
  for (const [i, { cid, path }] of (parts ?? (await partsOf(view, version))).entries()) {
    const file = await localFile(view, cid, own, run)
    files.push(partitionBy.length === 0 ? file : partitionLink(file, join(own, dirname(path)), i))
  }
  const table = { name, files, format: 'parquet', version: String(version.data) } as const
  if (partitionBy.length === 0) return table
  const columns = schema.filter((column) => partitionBy.includes(column.name))
  return { ...table, partitions: Object.fromEntries(columns.map((one) => [one.name, one.type])) }
}
