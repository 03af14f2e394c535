/** The links of any block, for walks that need them all: gc, export, verification. */
import * as dagCbor from '@ipld/dag-cbor'
import * as dagJson from '@ipld/dag-json'
import { CID } from 'multiformats/cid'
import { Cid, DAG_CBOR, DAG_JSON, DAG_PB, RAW } from '../core/cid.js'
import { KitError } from '../core/errors.js'
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
  if (!isValueCodec(codec)) return []
  const found: Cid[] = []
  const open: unknown[] = [decodeValue(codec, block)]
  while (open.length > 0) {
    const value = open.pop()
    const link = asLink(value)
    if (link !== undefined) found.push(link)
    else if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value))
      open.push(...Object.values(value).reverse())
  }
  return found
}
