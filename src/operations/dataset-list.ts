/** Lists the datasets of a home, or the versions of one. */
import { datasetNames, mustReadDataset } from '../datasets/dataset-files.js'
import { checkDatasetName } from '../datasets/dataset-name.js'
import type { VersionRecord } from '../datasets/dataset-record.js'
import type { Operation } from './operation.js'

export interface ListedDataset extends VersionRecord {
  readonly name: string
  /** Number of versions; the other fields are those of the newest. */
  readonly versions: number
}

/** @throws CORRUPT_FORMAT for a record that is damaged. */
export const datasetList: Operation<object, { readonly datasets: readonly ListedDataset[] }> = ({
  home
}) => {
  // prettier-ignore
  const datasets = datasetNames(home).flatMap((name) => {
    const { versions } = mustReadDataset(home, name)
    const latest = versions.at(-1)
    return latest === undefined ? [] : [{ name, ...latest, versions: versions.length }]
  })
  return Promise.resolve({ datasets })
}

export interface DatasetVersions {
  readonly name: string
  /** Newest first. */
  readonly versions: readonly VersionRecord[]
}

/** @throws PATH_NOT_FOUND. */
export const datasetVersions: Operation<{ readonly name: string }, DatasetVersions> = (
  { home },
  { name }
) => {
  const { versions } = mustReadDataset(home, checkDatasetName(name))
  return Promise.resolve({ name, versions: versions.toReversed() })
}
