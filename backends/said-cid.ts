/** Holds a CID that the other side gives back against the one that it was sent or asked for. */
import { equalBytes } from '../src/core/bytes.js'
import { Cid } from '../src/core/cid.js'
import { isKitError } from '../src/core/errors.js'

/** Returns what the other side says as a CID; undefined where it is none. */
export function saidCid(said: unknown): Cid | undefined {
  if (typeof said !== 'string') return undefined
  try {
    return Cid.parse(said)
  } catch (error) {
    if (!isKitError(error, 'INVALID_CID')) throw error
    return undefined
  }
}

/** Whether two CIDs name one DAG, whatever their versions. */
export const isSameDag = (one: Cid | undefined, other: Cid): boolean =>
  one?.codec === other.codec && equalBytes(one.multihash, other.multihash)
