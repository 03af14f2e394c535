/** IPNS records made by a test's own keys, of every type there is. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { encode as encodeCbor } from '@ipld/dag-cbor'
import { Cid } from '../../src/core/cid.js'
import { IDENTITY, sha256, SHA2_256 } from '../../src/core/hash.js'
import { varintLength, writeVarint } from '../../src/core/varint.js'
import { parseIpnsName, type IpnsName } from '../../src/names/ipns-name.js'

export interface Signer {
  readonly name: IpnsName
  /** The public key as libp2p writes it. */
  readonly publicKey: Uint8Array
  readonly privateKey: KeyObject
  readonly hash: 'sha256' | null
}

export const KEY_TYPES = ['ed25519', 'rsa', 'secp256k1', 'ecdsa'] as const

export function makeSigner(type: (typeof KEY_TYPES)[number]): Signer {
  const { number, data, privateKey } = make(type)
  const publicKey = message([1, number], [2, data])
  // Keys that fit are their own names, others are named by their hashes.
  const fits = publicKey.length <= 42
  const digest = fits ? publicKey : sha256(publicKey)
  const cid = Cid.v1(0x72, fits ? IDENTITY : SHA2_256, digest)
  const name = parseIpnsName(String(cid))!
  return { name, publicKey, privateKey, hash: type === 'ed25519' ? null : 'sha256' }
}

function make(type: (typeof KEY_TYPES)[number]) {
  if (type === 'ed25519') {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const data = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url')
    return { number: 1, data, privateKey }
  }
  if (type === 'secp256k1') {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
    const { x, y } = publicKey.export({ format: 'jwk' })
    const odd = Buffer.from(y!, 'base64url').at(-1)! & 1
    return { number: 2, data: Buffer.concat([Buffer.from([2 + odd]), Buffer.from(x!, 'base64url')]), privateKey } // prettier-ignore
  }
  const { publicKey, privateKey } =
    type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const data = publicKey.export({ format: 'der', type: 'spki' })
  return { number: type === 'rsa' ? 0 : 3, data, privateKey }
}

export interface RecordFields {
  readonly value: string
  readonly sequence?: number
  readonly ttlMs?: number
  readonly validUntil?: number
}

const HOUR = 3_600_000

/** A record as Kubo writes it: signed, and with the old fields that say the same. */
export function makeRecord(
  signer: Signer,
  { value, sequence = 0, ttlMs = HOUR, validUntil = Date.now() + HOUR }: RecordFields,
  old: Partial<RecordFields> = {}
): Uint8Array {
  const validity = Buffer.from(new Date(validUntil).toISOString())
  const data = encodeCbor({
    Value: Buffer.from(value),
    Validity: validity,
    ValidityType: 0,
    Sequence: sequence,
    TTL: BigInt(ttlMs) * 1_000_000n
  })
  const signed = Buffer.concat([Buffer.from('ipns-signature:'), data])
  const key = signer.name.key === undefined ? ([[7, signer.publicKey]] as const) : []
  return message(
    [1, Buffer.from(old.value ?? value)],
    [3, 0],
    [4, validity],
    [5, old.sequence ?? sequence],
    [6, BigInt(ttlMs) * 1_000_000n],
    ...key,
    [8, sign(signer.hash, signed, signer.privateKey)],
    [9, data]
  )
}

/** A protobuf message of numbers and bytes. */
function message(
  ...fields: readonly (readonly [number, number | bigint | Uint8Array])[]
): Uint8Array {
  return Buffer.concat(
    fields.flatMap(([field, value]) =>
      value instanceof Uint8Array
        ? [varint(field * 8 + 2), varint(value.length), value]
        : [varint(field * 8), uint64(BigInt(value))]
    )
  )
}

function uint64(value: bigint): Uint8Array {
  const bytes: number[] = []
  for (let left = value; ; left >>= 7n) {
    bytes.push(Number(left & 0x7fn) | (left > 0x7fn ? 0x80 : 0))
    if (left <= 0x7fn) return Uint8Array.from(bytes)
  }
}

function varint(value: number): Uint8Array {
  const bytes = new Uint8Array(varintLength(value))
  writeVarint(bytes, 0, value)
  return bytes
}
