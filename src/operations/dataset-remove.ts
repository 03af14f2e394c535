/** Forgets a dataset, or one of its versions: its pin goes where it is no other's, and gc may take what nothing else reaches. */
import { allDatasets, lockDatasets, mustReadDataset, removeDataset, writeDataset } from '../datasets/dataset-files.js' // prettier-ignore
import { parseDatasetRef } from '../datasets/dataset-name.js'
import { versionOf } from '../datasets/dataset-record.js'
import { settled } from './dataset-commit.js'
import { releasePins } from './dataset-pins.js'
import type { Operation } from './operation.js'

export interface DatasetRemoveRequest {
  /** `NAME` for all versions, `NAME@VERSION` for one. */
  readonly ref: string
}

export interface RemovedDataset {
  readonly name: string
  readonly removed: readonly { readonly version: number; readonly cid: string }[]
  /** Versions that are left. */
  readonly left: number
}

/** @throws PATH_NOT_FOUND, CORRUPT_FORMAT naming the file of any dataset. */
export const datasetRemove: Operation<DatasetRemoveRequest, RemovedDataset> = async (
  services,
  { ref },
  run
) => {
  // prettier-ignore
  const { home } = services
  const { name, version } = parseDatasetRef(ref)
  mustReadDataset(home, name)
  const lock = await lockDatasets(home, run.signal)
  try {
    const record = await settled(services, name, run)
    const removed = ref.includes('@') ? [versionOf(record, { name, version })] : record.versions
    const versions = record.versions.filter((one) => !removed.includes(one))
    // Where one cannot be read nothing is removed: it may have what is removed.
    const others = allDatasets(home).filter((one) => one.name !== name)
    // The record first: a version without a pin must not be listed.
    if (ref.includes('@')) writeDataset(home, { ...record, versions })
    else removeDataset(home, record)
    await releasePins(services, { name, removed, kept: [...others, { ...record, versions }] }, run)
    return { name, removed: removed.map((one) => ({ version: one.version, cid: one.cid })), left: versions.length } // prettier-ignore
  } finally {
    lock.release()
  }
}
