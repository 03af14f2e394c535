/** The nodes that no CID names: the folders of the namespace, and what the engine tells. */
import { bufferOf, utf8 } from '../src/core/bytes.js'

export const ROOT_ID = 1
export const IPFS_ID = 2
export const IPNS_ID = 3
const KIT_ID = 4
export const STATS_ID = 5
/** Ids from here on are those of content. */
export const FIRST_CONTENT_ID = 6

/** Whether no CID names a node. Its number as people see it is its id. */
export const isFixed = (id: number): boolean => id < FIRST_CONTENT_ID

/** Whether the entries of a folder come and go: nothing about their names may be remembered. */
export const isMutable = (id: number): boolean => id === IPFS_ID || id === IPNS_ID

interface Fixed {
  readonly parent: number
  readonly name: Uint8Array
  readonly id: number
  /** What is not listed is there for who asks for it: a copy of the mount has no use for it. */
  readonly listed: boolean
}

const FIXED: readonly Fixed[] = [
  { parent: ROOT_ID, name: utf8('ipfs'), id: IPFS_ID, listed: true },
  { parent: ROOT_ID, name: utf8('ipns'), id: IPNS_ID, listed: true },
  { parent: ROOT_ID, name: utf8('.ipfs-kit'), id: KIT_ID, listed: false },
  { parent: KIT_ID, name: utf8('stats.json'), id: STATS_ID, listed: true }
]

/** The fixed node of a name; undefined where it is none. */
export const fixedChild = (parent: number, name: Uint8Array): number | undefined =>
  FIXED.find((fixed) => fixed.parent === parent && bufferOf(name).equals(fixed.name))?.id

/** The fixed nodes that a folder lists. */
export const fixedEntries = (parent: number): readonly Fixed[] =>
  FIXED.filter((fixed) => fixed.parent === parent && fixed.listed)

export const fixedParent = (id: number): number =>
  FIXED.find((fixed) => fixed.id === id)?.parent ?? ROOT_ID
