/** Shows what the index knows of one CID. */
import { KitError } from '../core/errors.js'
import { heatOf } from '../metadata/patch.js'
import type { IndexRecord } from '../metadata/record.js'
import { indexedCid } from './indexed-cid.js'
import type { Operation } from './operation.js'

export interface MetadataShowRequest {
  /** CIDPATH. */
  readonly path: string
}

export interface MetadataShowResult {
  readonly record: IndexRecord
  /** How hot it is now. */
  readonly heat: number
}

/** @throws PATH_NOT_FOUND for a CID of which nothing is known; INVALID_CID. */
export const metadataShow: Operation<MetadataShowRequest, MetadataShowResult> = async (
  services,
  { path },
  run
) => {
  const cid = await indexedCid(services, path, run)
  const record = await services.index.use((index) => index.get(cid))
  if (record === undefined)
    throw new KitError('PATH_NOT_FOUND', `the index knows nothing of ${cid}; \`ipfs-kit metadata refresh\` takes in what is pinned`) // prettier-ignore
  return { record, heat: heatOf(record, Date.now()) }
}
