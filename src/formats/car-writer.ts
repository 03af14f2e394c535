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

/** Bytes of the pragma of version 2: a header of version 1 that says 2 and has no roots. */
const V2_PRAGMA = Buffer.from('0aa16776657273696f6e02', 'hex')
/** The first of 128 bits: the index names every block of the payload. */
const FULLY_INDEXED = 0x80
/** Bytes that precede the payload of an archive of version 2. */
export const V2_HEAD = V2_PRAGMA.length + 40

/**
 * Returns what precedes the payload of a CARv2 whose index follows it.
 * Source: https://ipld.io/specs/transport/car/carv2/#header
 */
export function carV2Head(payloadLength: number): Uint8Array {
  const head = Buffer.alloc(V2_HEAD)
  head.set(V2_PRAGMA)
  head[V2_PRAGMA.length] = FULLY_INDEXED
  head.writeBigUInt64LE(BigInt(V2_HEAD), V2_PRAGMA.length + 16)
  head.writeBigUInt64LE(BigInt(payloadLength), V2_PRAGMA.length + 24)
  head.writeBigUInt64LE(BigInt(V2_HEAD + payloadLength), V2_PRAGMA.length + 32)
  return head
}
