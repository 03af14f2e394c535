/** What the index is told of the pins of the store. */
import { hasCopies, type IndexPatch, type Settings } from './patch.js'
import type { IndexRecord } from './record.js'

export interface IndexedPin {
  readonly cid: string
  readonly type: string
  readonly name: string
  /** ISO 8601. */
  readonly createdAt: string
}

/** The name of the program's own pins, which are no content of the index: it would change by being published. */
export const SYSTEM_PIN = 'ipfs-kit-index'

export const isIndexed = ({ name }: { readonly name: string }): boolean => name !== SYSTEM_PIN

export const pinnedPatch = ({ cid, type, name, createdAt }: IndexedPin): IndexPatch => ({
  cid,
  at: Date.parse(createdAt),
  set: { ...pinState([type]), local: true, current_tier: 'local' },
  suggest: name === '' ? {} : { filename: name }
})

export const unpinnedPatch = (cid: string, at: number): IndexPatch => ({
  cid,
  at,
  set: pinState(null),
  only_known: true
})

const pinState = (types: readonly string[] | null): Settings => ({
  pinned: types !== null,
  pin_types: types,
  storage_locations: {
    ipfs: { pinned: types !== null, pin_types: types, local: true, gateway_urls: null }
  }
})

/** Tiers of content that is not in the store: in the cache of the disk, on backends alone, or nowhere that is known. */
export type OtherTier = 'disk' | 'remote' | 'nowhere'

/**
 * What the index is told of content that left the store. Copies on backends stay what they are; where there are none, and
 * nobody said anything of it, the record goes.
 */
export function gonePatch(record: IndexRecord, at: number, tier?: OtherTier): IndexPatch {
  const ipfs = record.storage_locations?.ipfs ?? null
  const places = ipfs === null ? {} : { storage_locations: { ipfs: { ...ipfs, local: false } } }
  const current_tier = tier ?? (hasCopies(record) ? 'remote' : 'nowhere')
  return {
    cid: record.cid,
    at,
    set: { local: false, current_tier, ...places },
    only_known: true,
    forget: true
  }
}
