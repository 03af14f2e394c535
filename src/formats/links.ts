/** Collects the links of any block, for gc, export and verification. */
import * as dagCbor from '@ipld/dag-cbor'
import * as dagJson from '@ipld/dag-json'
import { CID } from 'multiformats/cid'
import { Cid, DAG_CBOR, DAG_JSON, DAG_PB, RAW } from '../core/cid.js'
import { isKitError, KitError } from '../core/errors.js'
import { cborLinks } from './cbor-links.js'
import { decodePb, linkCid } from './dag-pb.js'

/** Decodes a block of dag-cbor or dag-json. @throws CORRUPT_FORMAT. */
export function decodeValue(codec: number, block: Uint8Array): unknown {
  try {
    return codec === DAG_CBOR ? dagCbor.decode(block) : dagJson.decode(block)
  } catch (error) {
    const name = codec === DAG_CBOR ? 'dag-cbor' : 'dag-json'
    throw new KitError('CORRUPT_FORMAT', `malformed ${name} block: ${(error as Error).message}`, {
      cause: error
    })
  }
}

export const isValueCodec = (codec: number): boolean => codec === DAG_CBOR || codec === DAG_JSON

/** Returns a decoded value as a CID, if it is one by its shape: multiformats may be loaded twice. */
export function asLink(value: unknown): Cid | undefined {
  const cid = CID.asCID(value)
  return cid === null ? undefined : Cid.decode(cid.bytes)
}

/** Returns a value as a link; an invalid CID is `unusable`, so that others are not lost with it. */
function linkIn(value: unknown): Cid | 'unusable' | undefined {
  try {
    return asLink(value)
  } catch (error) {
    if (isKitError(error, 'INVALID_CID')) return 'unusable'
    throw error
  }
}

/** Returns whether blocks of a codec can have links that linksOf reads. */
export const canLink = (codec: number): boolean => codec === DAG_PB || isValueCodec(codec)

/**
 * Returns the CIDs that a block links to, in order with repeats; none for other codecs.
 * @throws CORRUPT_FORMAT, INVALID_CID.
 */
export function linksOf(codec: number, block: Uint8Array): Cid[] {
  if (codec === RAW) return []
  if (codec === DAG_PB) {
    const node = decodePb(block)
    return Array.from({ length: node.count }, (_, i) => Cid.decode(linkCid(node, i)))
  }
  if (codec === DAG_CBOR) return cborLinks(block)
  if (codec !== DAG_JSON) return []
  const found: Cid[] = []
  const open: unknown[] = [decodeValue(codec, block)]
  while (open.length > 0) {
    const value = open.pop()
    const link = linkIn(value)
    if (link instanceof Cid) found.push(link)
    else if (link === undefined && isHolder(value)) {
      const inner: unknown[] = Object.values(value)
      for (let i = inner.length - 1; i >= 0; i--) open.push(inner[i])
    }
  }
  return found
}

const isHolder = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)
