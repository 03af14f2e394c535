/** Walks the history of a version, from parent to parent. */
import type { Cid } from '../core/cid.js'
import { readDataset } from '../datasets/dataset-files.js'
import { findVersion, readVersion } from './dataset-versions.js'
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
    const known = new Map(readDataset(services.home, found.version.name)?.versions.map((one) => [one.cid, one])) // prettier-ignore
    const versions: LoggedVersion[] = []
    for (let cid: Cid | undefined = found.cid; cid !== undefined && versions.length < limit;) {
      const { rows, bytes, message, tags, parents } = await readVersion(view, cid)
      const record = known.get(String(cid))
      versions.push({ cid: String(cid), version: record?.version ?? null, rows, bytes, message, tags, parents: parents.map(String), createdAt: record?.created_at ?? null }) // prettier-ignore
      cid = parents[0]
    }
    return { versions }
  })
