/** The links of any block, for walks that need them all: gc, export, verification. */
import * as dagCbor from '@ipld/dag-cbor'
import * as dagJson from '@ipld/dag-json'
import { CID } from 'multiformats/cid'
import { Cid, DAG_CBOR, DAG_JSON, DAG_PB, RAW } from '../core/cid.js'
import { isKitError, KitError } from '../core/errors.js'
import { cborLinks } from './cbor-links.js'
import { decodePb, linkCid } from './dag-pb.js'

/** A block of dag-cbor or dag-json as a value. @throws CORRUPT_FORMAT. */
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

/** The CID a decoded value is, if it is one. Compared by shape: two copies of multiformats may be loaded. */
export function asLink(value: unknown): Cid | undefined {
  const cid = CID.asCID(value)
  return cid === null ? undefined : Cid.decode(cid.bytes)
}

/** A link in a walk: one that is unacceptable leads nowhere, and hides none of the others. */
function linkIn(value: unknown): Cid | 'unusable' | undefined {
  try {
    return asLink(value)
  } catch (error) {
    if (isKitError(error, 'INVALID_CID')) return 'unusable'
    throw error
  }
}

/** Whether blocks of a codec can link to others, as far as we can read them. */
export const canLink = (codec: number): boolean => codec === DAG_PB || isValueCodec(codec)

/**
 * CIDs a block links to, in order, repeats included. A codec we cannot read has none.
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
