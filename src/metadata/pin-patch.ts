/** What the index is told of the pins of the store. */
import type { IndexPatch, Settings } from './patch.js'

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
