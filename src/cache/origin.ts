/** The origin of a block: the hash of a backend's name, because a record has room for one word. */
import { hash32, utf8 } from '../core/bytes.js'
import type { BlockMeta } from '../formats/block-kind.js'

/** The description of a fetched block, with the name of the backend that gave it. */
export interface FetchedMeta extends BlockMeta {
  readonly from?: string
}

/** Returns the hash of a backend's name; never 0, which stands for an unknown origin. */
export const originHash = (backend: string): number => hash32(utf8(backend), 0) | 0 || 1
