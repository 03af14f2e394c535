/**
 * Changes of a record, as the log holds them: JSON, so that people can read them there. Applying one to the
 * record before it gives the record after it; the log's numbers keep one from being applied twice.
 */
import { Cid } from '../core/cid.js'
import { isKitError, KitError } from '../core/errors.js'
import { heat } from '../core/heat.js'
import { extensionOf } from './mime-types.js'
import { isNewer, isSaidAnew, stampOf, taken, type Claim } from './claim.js'
import type { Described, IndexRecord, StorageLocations } from './record.js'
import { COLUMN_NAMES } from './schema.js'

/** Values that take the place of a record's; null takes one away. */
export type Settings = Partial<
  Omit<IndexRecord, 'cid' | 'metadata' | 'properties' | 'storage_locations'>
> & {
  /** These fields alone change. */
  readonly metadata?: Partial<Described>
  readonly properties?: Readonly<Record<string, string | null>>
  readonly storage_locations?: Partial<StorageLocations>
}

export interface IndexPatch {
  readonly cid: string
  /** When it is made, ms since 1970. */
  readonly at: number
  readonly set?: Settings
  /** As `set`, where the record has no value yet. */
  readonly suggest?: Settings
  readonly add_tags?: readonly string[]
  readonly remove_tags?: readonly string[]
  /** Reads since the last patch, and when the last one was, ms since 1970. */
  readonly accesses?: { readonly count: number; readonly last: number }
  /** What another node says, which counts where it is newer than what is known. */
  readonly claim?: Claim
  /** Whether it changes nothing where there is no record. */
  readonly only_known?: true
  /** Whether the record goes where nobody has the content after the change, and nothing was said of it. */
  readonly forget?: true
}

export const encodePatch = (patch: IndexPatch): Uint8Array => Buffer.from(JSON.stringify(patch))

/** @throws CORRUPT_FORMAT for an entry of another shape. */
export function decodePatch(payload: Uint8Array): IndexPatch {
  try {
    const value = JSON.parse(Buffer.from(payload).toString('utf8')) as IndexPatch
    if (typeof value.cid === 'string' && typeof value.at === 'number') return value
  } catch {
    // Refused below.
  }
  throw new KitError('CORRUPT_FORMAT', 'an entry of the log is no change of the metadata index')
}

const MAX_INT32 = 2 ** 31 - 1

/** Returns what a record is after a change. */
export function patched(before: IndexRecord | undefined, patch: IndexPatch): IndexRecord {
  const { claim } = patch
  if (claim !== undefined) {
    if (before === undefined) return taken({ ...newRecord(patch.cid, patch.at), ...ELSEWHERE }, claim) // prettier-ignore
    return isNewer(claim, before) ? taken(before, claim) : before
  }
  const old = before ?? newRecord(patch.cid, patch.at)
  const { accesses } = patch
  const withValues = merged(merged(old, patch.suggest ?? {}, true), patch.set ?? {}, false)
  const tags = tagsAfter(withValues.tags, patch)
  const count = Math.min((withValues.access_count ?? 0) + (accesses?.count ?? 0), MAX_INT32)
  const last_accessed = accesses?.last ?? withValues.last_accessed
  const extension = withValues.extension ?? extensionOf(withValues.filename)
  const next = { ...withValues, tags, access_count: count, last_accessed, extension }
  const isAnew = before === undefined || isSaidAnew(old, next)
  return { ...next, ...(isAnew ? stamp(before, patch.at) : {}), heat_score: Math.fround(heatOf(next, patch.at)) } // prettier-ignore
}

/** Whether a change leaves nothing that is worth a record: content that is nowhere, of which nobody said anything. */
export const isForgotten = (after: IndexRecord, { forget }: IndexPatch): boolean =>
  forget === true &&
  after.local !== true &&
  after.pinned !== true &&
  after.current_tier === 'nowhere' &&
  !hasCopies(after) &&
  [after.tags, after.metadata, after.properties].every((said) => said === null)

/** Whether backends, or other nodes, have it. */
export const hasCopies = ({ node, replication, storage_locations }: IndexRecord): boolean =>
  node !== null ||
  (replication ?? 0) > 0 ||
  Object.entries(storage_locations ?? {}).some(([kind, place]) => kind !== 'ipfs' && place !== null)

/** A record that another node alone told of. */
const ELSEWHERE = { local: false, pinned: false } as const

/** What this node says is newer than what it knew, whatever its clock says. */
const stamp = (before: IndexRecord | undefined, at: number) => ({
  updated_at: Math.max(at, before === undefined ? at : stampOf(before) + 1),
  node: null
})

const HOUR_MS = 3_600_000

/** Returns how hot content is at a moment. @param now ms since 1970. */
export function heatOf(
  { access_count, last_accessed, created_at }: IndexRecord,
  now: number
): number {
  if (access_count === null || access_count === 0) return 0
  const since = (now - (last_accessed ?? now)) / HOUR_MS
  return heat(access_count, since, (now - (created_at ?? now)) / (24 * HOUR_MS))
}

/** Returns the record of content of which nothing but its CID is known. */
export function newRecord(cid: string, at: number): IndexRecord {
  const empty = Object.fromEntries(COLUMN_NAMES.map((name) => [name, null]))
  return {
    ...(empty as unknown as IndexRecord),
    ...partsOf(cid),
    cid,
    created_at: at,
    access_count: 0,
    heat_score: 0
  }
}

const HASHES: ReadonlyMap<number, string> = new Map([
  [0x00, 'identity'],
  [0x12, 'sha2-256'],
  [0x13, 'sha2-512'],
  [0x1b, 'keccak-256'],
  [0x1e, 'blake3'],
  [0x16, 'sha3-256'],
  [0x14, 'sha3-512'],
  [0xb220, 'blake2b-256'],
  [0xb260, 'blake2s-256'],
  [0x11, 'sha1']
])

function partsOf(text: string): Partial<IndexRecord> {
  try {
    const cid = Cid.parse(text)
    const multihash_type = HASHES.get(cid.hashCode) ?? `0x${cid.hashCode.toString(16)}`
    return { cid_version: cid.version, multihash_type }
  } catch (error) {
    // Older installations invented some.
    if (isKitError(error)) return {}
    throw error
  }
}

function merged(old: IndexRecord, values: Settings, isSuggestion: boolean): IndexRecord {
  const next: Record<string, unknown> = { ...old }
  const { metadata, properties, storage_locations, ...plain } = values
  for (const [name, value] of Object.entries(plain))
    if (!isSuggestion || next[name] === null) next[name] = value
  if (metadata !== undefined)
    next['metadata'] = parts(old.metadata, metadata, isSuggestion, DESCRIBED)
  if (properties !== undefined) next['properties'] = parts(old.properties, properties, isSuggestion)
  if (storage_locations !== undefined)
    next['storage_locations'] = parts(old.storage_locations, storage_locations, isSuggestion, KINDS)
  return next as unknown as IndexRecord
}

const DESCRIBED = ['title', 'description', 'creator', 'source', 'license']
const KINDS = ['ipfs', 'ipfs_cluster', 'libp2p', 'storacha', 's3', 'filecoin', 'huggingface_hub']

/** @param names the fields that there always are, of a struct; a map has those alone that have a value. */
function parts(
  old: object | null,
  values: object,
  isSuggestion: boolean,
  names: readonly string[] = []
): object | null {
  const next = new Map<string, unknown>(names.map((name) => [name, null]))
  for (const [name, value] of Object.entries(old ?? {})) next.set(name, value)
  for (const [name, value] of Object.entries(values))
    if (!isSuggestion || (next.get(name) ?? null) === null) next.set(name, value)
  if (names.length === 0) for (const [name, value] of next) if (value === null) next.delete(name)
  const isEmpty = [...next.values()].every((value) => value === null)
  return isEmpty ? null : Object.fromEntries(next)
}

function tagsAfter(
  tags: readonly string[] | null,
  { add_tags = [], remove_tags = [] }: IndexPatch
): readonly string[] | null {
  if (add_tags.length === 0 && remove_tags.length === 0) return tags
  const next = new Set([...(tags ?? []), ...add_tags])
  for (const tag of remove_tags) next.delete(tag)
  return next.size === 0 ? null : [...next].sort()
}
