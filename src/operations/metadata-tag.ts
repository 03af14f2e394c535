/** Changes tags, and what else people say of content. */
import { KitError } from '../core/errors.js'
import type { IndexPatch, Settings } from '../metadata/patch.js'
import { checkedPatch } from '../metadata/checked-patch.js'
import type { IndexRecord } from '../metadata/record.js'
import { indexedCid } from './indexed-cid.js'
import type { Operation } from './operation.js'
import type { Run } from './run.js'
import type { Services } from './services.js'

export interface MetadataTagRequest {
  /** CIDPATHs. */
  readonly paths: readonly string[]
  readonly add?: readonly string[]
  readonly remove?: readonly string[]
}

export interface MetadataSetRequest {
  readonly paths: readonly string[]
  /** Values that take the place of others; null takes one away. */
  readonly set: Settings
}

export interface MetadataChanged {
  /** The records as they are now. */
  readonly records: readonly IndexRecord[]
}

/** Adds and removes tags, durably. @throws USAGE, INVALID_CID, PATH_NOT_FOUND. */
export const metadataTag: Operation<MetadataTagRequest, MetadataChanged> = (
  services,
  { paths, add = [], remove = [] },
  run
) => {
  if (add.length + remove.length === 0)
    throw new KitError('USAGE', 'name a tag to add or remove, as in `metadata tag CID +raw -draft`')
  return change(services, paths, { add_tags: add, remove_tags: remove }, run)
}

/** Sets fields, durably. @throws INVALID_ARGUMENT naming what is wrong; as `metadataTag`. */
export const metadataSet: Operation<MetadataSetRequest, MetadataChanged> = (
  services,
  { paths, set },
  run
) => change(services, paths, { set }, run)

async function change(
  services: Services,
  paths: readonly string[],
  values: Omit<IndexPatch, 'cid' | 'at'>,
  run: Run
): Promise<MetadataChanged> {
  const cids: string[] = []
  for (const path of paths) cids.push(await indexedCid(services, path, run))
  const at = Date.now()
  const patches = cids.map((cid) => checkedPatch({ ...values, cid, at }, 'the change'))
  const owner = await services.openOwner(run)
  try {
    await owner.recordIndex(patches)
    await owner.settleIndex(false)
  } finally {
    owner.close()
  }
  const records = await services.index.use((index) => cids.flatMap((cid) => index.get(cid) ?? []))
  return { records }
}
