/** Parts of a CARv1 that is written as a stream. */
import { varintLength, writeVarint } from '../core/varint.js'
import * as dagCbor from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import type { Cid } from '../core/cid.js'

/** Returns the header of an archive with these roots. */
export function carHeader(roots: readonly Cid[]): Uint8Array {
  const body = dagCbor.encode({ version: 1, roots: roots.map((root) => CID.decode(root.bytes)) })
  const head = new Uint8Array(varintLength(body.length))
  writeVarint(head, 0, body.length)
  return Buffer.concat([head, body])
}

/** Returns the length and CID that precede a block's bytes. */
export function sectionHead(cid: Cid, blockLength: number): Uint8Array {
  const length = cid.bytes.length + blockLength
  const head = new Uint8Array(varintLength(length) + cid.bytes.length)
  head.set(cid.bytes, writeVarint(head, 0, length))
  return head
}
