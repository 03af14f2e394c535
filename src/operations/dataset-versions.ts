/** Finds versions of datasets: by name, number, tag or CID, and what their blocks say. */
import { Cid } from '../core/cid.js'
import { isKitError } from '../core/errors.js'
import { parseDatasetRef } from '../datasets/dataset-name.js'
import { mustReadDataset } from '../datasets/dataset-files.js'
import { versionOf, type VersionRecord } from '../datasets/dataset-record.js'
import { decodeParts, decodeVersion, type PartRecord, type Version } from '../datasets/version-block.js' // prettier-ignore
import type { ContentView } from './content-view.js'

export interface FoundVersion {
  readonly cid: Cid
  /** What this home knows of it; undefined for one that is named by its CID alone. */
  readonly record: VersionRecord | undefined
  readonly version: Version
}

/**
 * Finds `NAME[@VERSION]`, or the CID of a version.
 * @throws PATH_NOT_FOUND, INVALID_ARGUMENT, CORRUPT_FORMAT, and what fetching throws.
 */
export async function findVersion(
  home: string,
  view: ContentView,
  text: string
): Promise<FoundVersion> {
  // prettier-ignore
  const cid = cidIn(text)
  if (cid !== undefined) return { cid, record: undefined, version: await readVersion(view, cid) }
  const ref = parseDatasetRef(text)
  const record = versionOf(mustReadDataset(home, ref.name), ref)
  const own = Cid.parse(record.cid)
  return { cid: own, record, version: await readVersion(view, own) }
}

/** A text of a CID's length that is one; a dataset's name may be any shorter word. */
function cidIn(text: string): Cid | undefined {
  if (text.length < 46) return undefined
  try {
    return Cid.parse(text)
  } catch (error) {
    if (isKitError(error, 'INVALID_CID')) return undefined
    throw error
  }
}

export const readVersion = (view: ContentView, cid: Cid): Promise<Version> =>
  view.whenReady(() => decodeVersion(cid, view.content.blocks.get(cid)))

/** Returns a version; undefined where its block is nowhere, as when its pin was removed. */
export async function readVersionIfAny(view: ContentView, cid: Cid): Promise<Version | undefined> {
  try {
    return await readVersion(view, cid)
  } catch (error) {
    if (isKitError(error, 'BLOCK_NOT_FOUND')) return undefined
    throw error
  }
}

/** Returns the columns that tell the rows of a version apart; undefined where it has no key. */
export function keyOf({ metadata }: Version): readonly string[] | undefined {
  const key: unknown = metadata['key']
  return Array.isArray(key) && key.every((one) => typeof one === 'string') ? key : undefined
}

/** Returns the parts of a version, in the order of rows. */
export async function partsOf(view: ContentView, { parts }: Version): Promise<PartRecord[]> {
  const lists: PartRecord[][] = []
  for (const list of parts)
    lists.push(await view.whenReady(() => decodeParts(list, view.content.blocks.get(list))))
  return lists.flat()
}
