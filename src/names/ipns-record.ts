/**
 * IPNS records, decoded and verified with Node's own cryptography, because the package `ipns` 10
 * brings 75 packages, 23 MB and 126 ms of loading for the same check.
 * Source: https://specs.ipfs.tech/ipns/ipns-record/
 */
import { createPublicKey, verify, type KeyObject } from 'node:crypto'
import { decode as decodeCbor } from '@ipld/dag-cbor'
import { bufferOf, textOf, utf8 } from '../core/bytes.js'
import { KitError } from '../core/errors.js'
import { sha256 } from '../core/hash.js'
import { readVarint, varint } from '../core/varint.js'
import type { IpnsName } from './ipns-name.js'

export const MAX_RECORD = 10 << 10
export const MAX_PATH = 4096

export interface IpnsRecord {
  /** A path, such as `/ipfs/CID`. */
  readonly value: string
  readonly sequence: bigint
  /** Time for which the publisher allows it to be cached. */
  readonly ttlMs: number
  /** End of its validity in ms since 1970. */
  readonly validUntil: number
  /** The record as it was signed. */
  readonly bytes: Uint8Array
}

// Fields of the envelope.
const VALUE = 1
const SIGNATURE_V1 = 2
const VALIDITY_TYPE = 3
const VALIDITY = 4
const SEQUENCE = 5
const TTL = 6
const PUBLIC_KEY = 7
export const SIGNATURE_V2 = 8
export const DATA = 9

export const SIGNED_AS = utf8('ipns-signature:')
/** The TTL of a record without one: an hour, by the specification. */
const DEFAULT_TTL_MS = 3_600_000

/**
 * Verifies a record: the name's key signed it, its duplicated fields agree, and it has not expired.
 * @param now ms since 1970. @throws INTEGRITY naming the fault.
 */
export function verifyIpnsRecord(bytes: Uint8Array, name: IpnsName, now: number): IpnsRecord {
  const wrong = (what: string, cause?: unknown): KitError =>
    new KitError('INTEGRITY', `the record of /ipns/${name.text} ${what}`, { cause })
  if (bytes.length > MAX_RECORD) throw wrong(`has ${bytes.length} bytes, over ${MAX_RECORD}`)
  try {
    const fields = messageOf(bytes)
    const data = fields.bytes.get(DATA)
    const signature = fields.bytes.get(SIGNATURE_V2)
    if (data === undefined || signature === undefined) throw wrong('has no signature of version 2')
    const key = publicKeyOf(fields.bytes.get(PUBLIC_KEY), name)
    if (key === undefined) throw wrong('does not hold the key that the name is of')
    if (!isSigned(key, Buffer.concat([SIGNED_AS, data]), signature))
      throw wrong('is not signed by the key of the name')
    const record = recordOf(data, bytes)
    if (record === undefined) throw wrong('is not understood')
    if (!fieldsAgree(fields, data)) throw wrong('says two things')
    if (record.validUntil <= now)
      throw wrong(`expired on ${new Date(record.validUntil).toISOString()}; publish it anew`)
    return record
  } catch (error) {
    throw error instanceof KitError && error.code === 'INTEGRITY'
      ? error
      : wrong('is damaged', error)
  }
}

/** The fields of a protobuf message; of a repeated field, the last. */
interface Fields {
  readonly bytes: Map<number, Uint8Array>
  readonly numbers: Map<number, bigint>
}

/** Decodes a protobuf message of varints and byte strings. @throws CORRUPT_FORMAT. */
function messageOf(bytes: Uint8Array): Fields {
  const fields: Fields = { bytes: new Map(), numbers: new Map() }
  for (let at = 0; at < bytes.length;) {
    const tag = readVarint(bytes, at)
    const field = Math.floor(tag / 8)
    if (tag % 8 === 0) {
      const { value, next } = readUint64(bytes, varint.next)
      fields.numbers.set(field, value)
      at = next
    } else {
      const value = readVarint(bytes, varint.next)
      at = varint.next
      if (tag % 8 !== 2 || at + value > bytes.length)
        throw new KitError('CORRUPT_FORMAT', `field ${field} is no bytes of the message`)
      fields.bytes.set(field, bytes.subarray(at, at + value))
      at += value
    }
  }
  return fields
}

/** Reads a varint of 64 bits, because nanoseconds exceed 2^53 after a hundred days. */
function readUint64(bytes: Uint8Array, at: number): { value: bigint; next: number } {
  let value = 0n
  for (let i = 0; i < 10 && at + i < bytes.length; i++) {
    const byte = bytes[at + i]!
    value |= BigInt(byte & 0x7f) << BigInt(7 * i)
    if (byte < 0x80) return { value: BigInt.asUintN(64, value), next: at + i + 1 }
  }
  throw new KitError('CORRUPT_FORMAT', `malformed varint at offset ${at}`)
}

/**
 * Returns the name's public key: the name itself, or the key in the record that hashes to it.
 * @returns undefined if the key in the record is missing or another.
 */
function publicKeyOf(embedded: Uint8Array | undefined, name: IpnsName): PublicKey | undefined {
  if (name.key !== undefined) {
    if (embedded !== undefined && !bufferOf(embedded).equals(name.key)) return undefined
    return decodeKey(name.key)
  }
  if (embedded === undefined || !bufferOf(sha256(embedded)).equals(name.digest!)) return undefined
  return decodeKey(embedded)
}

interface PublicKey {
  readonly key: KeyObject
  /** The hash that is signed; null if the algorithm includes one. */
  readonly hash: 'sha256' | null
}

// Types of keys in libp2p, https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md
const ED25519 = 1
const SECP256K1 = 2
/** The start of a SubjectPublicKeyInfo, which a compressed point completes. */
const SECP256K1_SPKI = Buffer.from('3036301006072a8648ce3d020106052b8104000a032200', 'hex')

/** Decodes a public key of libp2p. @throws the errors of node:crypto for a malformed key. */
function decodeKey(bytes: Uint8Array): PublicKey {
  const message = messageOf(bytes)
  const type = Number(message.numbers.get(1) ?? 0n)
  const data = message.bytes.get(2) ?? new Uint8Array()
  if (type === ED25519) {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: bufferOf(data).toString('base64url') }
    return { key: createPublicKey({ key: jwk, format: 'jwk' }), hash: null }
  }
  // RSA and ECDSA keys are stored as SubjectPublicKeyInfo already.
  const der = type === SECP256K1 ? Buffer.concat([SECP256K1_SPKI, data]) : bufferOf(data)
  return { key: createPublicKey({ key: der, format: 'der', type: 'spki' }), hash: 'sha256' }
}

const isSigned = ({ key, hash }: PublicKey, signed: Buffer, signature: Uint8Array): boolean =>
  verify(hash, signed, key, signature)

interface RecordData {
  readonly Value: Uint8Array
  readonly Validity: Uint8Array
  readonly ValidityType: number
  readonly Sequence: number | bigint
  readonly TTL?: number | bigint
}

const decodeData = (data: Uint8Array): Partial<RecordData> => decodeCbor(data)

/** Decodes the signed data; undefined for fields of another type or meaning. */
function recordOf(data: Uint8Array, bytes: Uint8Array): IpnsRecord | undefined {
  const { Value: value, Validity: validity, ValidityType: type, Sequence: sequence, TTL: ttl } = decodeData(data) // prettier-ignore
  if (!(value instanceof Uint8Array) || !(validity instanceof Uint8Array)) return undefined
  if (type !== 0 || !isWholeNumber(sequence) || (ttl !== undefined && !isWholeNumber(ttl)))
    return undefined
  const path = textOf(value)
  const validUntil = Date.parse(textOf(validity) ?? '')
  if (path === undefined || path.length > MAX_PATH || Number.isNaN(validUntil)) return undefined
  return {
    value: path,
    sequence: BigInt(sequence),
    ttlMs: ttl === undefined ? DEFAULT_TTL_MS : Number(ttl) / 1e6,
    validUntil,
    bytes
  }
}

const isWholeNumber = (value: unknown): value is number | bigint =>
  typeof value === 'bigint' || Number.isSafeInteger(value)

/**
 * Returns whether the version-1 fields, if present, equal the signed data: the version-2 signature
 * does not cover them.
 */
function fieldsAgree({ bytes, numbers }: Fields, data: Uint8Array): boolean {
  if (!bytes.has(VALUE) && !bytes.has(SIGNATURE_V1)) return true
  const { Value: value, Validity: validity, ValidityType: type, Sequence: sequence, TTL: ttl } = decodeData(data) // prettier-ignore
  const same = (field: number, signed: Uint8Array | undefined): boolean =>
    bufferOf(bytes.get(field) ?? new Uint8Array()).equals(signed ?? new Uint8Array())
  return (
    same(VALUE, value) &&
    same(VALIDITY, validity) &&
    (numbers.get(VALIDITY_TYPE) ?? 0n) === BigInt(type ?? 0) &&
    (numbers.get(SEQUENCE) ?? 0n) === BigInt(sequence ?? 0) &&
    (numbers.get(TTL) ?? 0n) === BigInt(ttl ?? 0)
  )
}
