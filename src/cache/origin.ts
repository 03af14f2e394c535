/** Who gave a block: a record has room for a number, so it is the hash of the backend's name. */
import { hash32, utf8 } from '../core/bytes.js'
import type { BlockMeta } from '../formats/block-kind.js'

/** What a block is, and the name of the backend that gave it. */
export interface FetchedMeta extends BlockMeta {
  readonly from?: string
}

/** Never 0, which says that nobody knows. */
export const originHash = (backend: string): number => hash32(utf8(backend), 0) | 0 || 1
