import { bufferOf } from '../core/bytes.js'
import type { Cid } from '../core/cid.js'

/** Returns the key of a CID in the caches: its bytes as a string. */
export const cacheKey = (cid: Cid): string => bufferOf(cid.bytes).toString('latin1')
