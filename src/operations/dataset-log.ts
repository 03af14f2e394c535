/** Walks the history of a version, from parent to parent. */
import type { Cid } from '../core/cid.js'
import { datasetNames, mustReadDataset } from '../datasets/dataset-files.js'
import { parseDatasetRef } from '../datasets/dataset-name.js'
import type { VersionRecord } from '../datasets/dataset-record.js'
import { findVersion, readVersion, type FoundVersion } from './dataset-versions.js'
import type { Operation } from './operation.js'
import { withContent } from './with-content.js'

export interface LoggedVersion {
  readonly cid: string
  readonly version: number | null
  readonly rows: number
  readonly bytes: number
  readonly message: string
  readonly tags: readonly string[]
  readonly parents: readonly string[]
  readonly createdAt: string | null
}

export interface DatasetLogRequest {
  /** `NAME[@VERSION]`, or the CID of a version. */
  readonly ref: string
  /** Most versions. */
  readonly limit?: number | undefined
}

/** @throws as `findVersion`. */
export const datasetLog: Operation<
  DatasetLogRequest,
  { readonly versions: readonly LoggedVersion[] }
> = (services, { ref, limit = Infinity }, run) =>
  // prettier-ignore
  withContent(services, run, true, async (view) => {
    const found = await findVersion(services.home, view, ref)
    const known = new Map(recordsOf(services.home, ref, found).map((one) => [one.cid, one]))
    const versions: LoggedVersion[] = []
    for (let cid: Cid | undefined = found.cid; cid !== undefined && versions.length < limit;) {
      const { rows, bytes, message, tags, parents } = await readVersion(view, cid)
      const record = known.get(String(cid))
      versions.push({ cid: String(cid), version: record?.version ?? null, rows, bytes, message, tags, parents: parents.map(String), createdAt: record?.created_at ?? null }) // prettier-ignore
      cid = parents[0]
    }
    return { versions }
  })

/** Returns what this home knows of the versions of a dataset. The name in a block is anybody's, and no path. */
function recordsOf(
  home: string,
  ref: string,
  { record, version }: FoundVersion
): readonly VersionRecord[] {
  const name = record === undefined ? version.name : parseDatasetRef(ref).name
  return datasetNames(home).includes(name) ? mustReadDataset(home, name).versions : []
}
