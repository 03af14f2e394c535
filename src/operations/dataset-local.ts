/** The parts of a version as local Parquet files. */
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { KitError } from '../core/errors.js'
import type { PartRecord, Version } from '../datasets/version-block.js'
import type { TableSource } from '../query/ports.js'
import type { ContentView } from './content-view.js'
import { partsOf } from './dataset-versions.js'
import { localFile } from './local-file.js'
import { partitionLink, partitionValues } from './partitions.js'
import type { Run } from './run.js'

/** The column of the numbers of partitions; no column of a table bears its name. */
const NUMBER = 'a partition of ipfs-kit'

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
  const values: (readonly (string | null)[])[] = []
  const numbers = new Map<string, number>()
  for (const [i, { cid, path }] of (parts ?? (await partsOf(view, version))).entries()) {
    const file = await localFile(view, cid, own, run)
    if (partitionBy.length === 0) {
      files.push(file)
      continue
    }
    const found = partitionValues(path, partitionBy)
    if (found === undefined) throw new KitError('CORRUPT_FORMAT', `${name}: the path ${path} has no value of ${partitionBy.join(' and ')}`) // prettier-ignore
    const key = JSON.stringify(found)
    const number = numbers.get(key) ?? values.push(found) - 1
    numbers.set(key, number)
    // A folder of a number alone: values are too long for some names, and may come from elsewhere.
    files.push(partitionLink(file, join(own, `${NUMBER}=${number}`), i))
  }
  const table = { name, files, format: 'parquet' } as const
  const data = String(version.data)
  if (partitionBy.length === 0) return { ...table, version: data }
  // Types of columns of partitions are in no file.
  const known = JSON.stringify([data, partitionBy, schema])
  return {
    ...table,
    version: known,
    numbered: { column: NUMBER, columns: schema, partitionBy, values }
  }
}
