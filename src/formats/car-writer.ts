/** CARv1, written as a stream. */
import { varintLength, writeVarint } from '../core/varint.js'
import * as dagCbor from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import type { Cid } from '../core/cid.js'

/** The header of an archive over these roots. */
export function carHeader(roots: readonly Cid[]): Uint8Array {
  const body = dagCbor.encode({ version: 1, roots: roots.map((root) => CID.decode(root.bytes)) })
  const head = new Uint8Array(varintLength(body.length))
  writeVarint(head, 0, body.length)
  return Buffer.concat([head, body])
}

/** What goes before a block's bytes. */
export function sectionHead(cid: Cid, blockLength: number): Uint8Array {
  const length = cid.bytes.length + blockLength
  const head = new Uint8Array(varintLength(length) + cid.bytes.length)
  head.set(cid.bytes, writeVarint(head, 0, length))
  return head
}
