/**
 * Collects the links of a dag-jose block: the payload of a signed object is the CID of what it
 * signs, as bytes. An encrypted object has no link that could be read.
 * Source: https://ipld.io/specs/codecs/dag-jose/spec/
 */
import { Cid, DAG_CBOR } from '../core/cid.js'
import { cborLinks } from './cbor-links.js'
import { decodeValue } from './ipld-value.js'

/** Returns the links of a block. @throws CORRUPT_FORMAT, INVALID_CID for a payload that is no CID. */
export function joseLinks(block: Uint8Array): Cid[] {
  const value = decodeValue(DAG_CBOR, block) as { payload?: unknown } | null
  const payload = value?.payload
  const links = cborLinks(block)
  if (payload instanceof Uint8Array) links.unshift(Cid.decode(payload))
  return links
}
