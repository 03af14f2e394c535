/** Signs IPNS records, of version 2 alone, which all readers of today take. */
import { sign, type KeyObject } from 'node:crypto'
import { encode as encodeCbor } from '@ipld/dag-cbor'
import { utf8 } from '../core/bytes.js'
import { varintLength, writeVarint } from '../core/varint.js'
import { DATA, SIGNATURE_V2, SIGNED_AS } from './ipns-record.js'

export interface RecordToSign {
  /** A path, such as `/ipfs/CID`. */
  readonly value: string
  readonly sequence: bigint
  /** How long readers may keep it. */
  readonly ttlMs: number
  /** End of its validity in ms since 1970. */
  readonly validUntil: number
}

/** @param key Ed25519, whose public half is the name itself. */
export function signIpnsRecord(key: KeyObject, record: RecordToSign): Uint8Array {
  const { value, sequence, ttlMs, validUntil } = record
  const data = encodeCbor({
    Value: utf8(value),
    // Go parses nanoseconds; those of Date are enough for it.
    Validity: utf8(new Date(validUntil).toISOString()),
    ValidityType: 0,
    Sequence: sequence,
    TTL: BigInt(Math.round(ttlMs)) * 1_000_000n
  })
  const signature = sign(null, Buffer.concat([SIGNED_AS, data]), key)
  return Buffer.concat([field(SIGNATURE_V2, signature), field(DATA, data)])
}

const field = (number: number, bytes: Uint8Array): Uint8Array =>
  Buffer.concat([varintOf(number * 8 + 2), varintOf(bytes.length), bytes])

function varintOf(value: number): Uint8Array {
  const bytes = new Uint8Array(varintLength(value))
  writeVarint(bytes, 0, value)
  return bytes
}
