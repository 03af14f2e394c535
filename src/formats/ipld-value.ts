/** Decodes dag-cbor and dag-json blocks into values, in which paths resolve by key. */
import * as dagCbor from '@ipld/dag-cbor'
import * as dagJson from '@ipld/dag-json'
import { CID } from 'multiformats/cid'
import { Cid, DAG_CBOR, DAG_JSON } from '../core/cid.js'
import { KitError } from '../core/errors.js'

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
