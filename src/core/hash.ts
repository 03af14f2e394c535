/**
 * Hash functions by multihash code: those that IPFS nodes accept. Adding uses sha2-256; the others
 * are for reading.
 * Source: https://github.com/multiformats/multicodec/blob/master/table.csv
 */
import { createHash, hash } from 'node:crypto'
import { createRequire } from 'node:module'
import type { blake2b as Blake2b, blake2s as Blake2s } from '@noble/hashes/blake2.js'
import type { blake3 as Blake3 } from '@noble/hashes/blake3.js'
import type { keccak_256 as Keccak } from '@noble/hashes/sha3.js'
import { KitError } from './errors.js'

export const IDENTITY = 0x00
export const SHA1 = 0x11
export const SHA2_256 = 0x12
export const SHA2_512 = 0x13
export const BLAKE3 = 0x1e
/** blake2b-8; the code of each longer digest is one more for each byte, up to blake2b-512. */
const BLAKE2B_FIRST = 0xb201
export const BLAKE2B_256 = 0xb220
const BLAKE2B_LAST = 0xb240
const BLAKE2S_FIRST = 0xb241
const BLAKE2S_LAST = 0xb260

/** Longest digest of an identity CID in bytes, as all IPFS nodes limit it. */
export const MAX_IDENTITY = 128
/** Shortest digest in bytes that IPFS nodes accept of any other hash: a shorter one can be forged. */
export const MIN_DIGEST = 20
/** Longest digest in bytes, which a hash of any length may have. */
export const MAX_DIGEST = 128

export interface HashFunction {
  /** Its name in the table of multicodecs, which is also Kubo's. */
  readonly name: string
  /** Length of the usual digest in bytes; undefined for identity. */
  readonly length: number | undefined
  /** Length of the longest digest in bytes. */
  readonly maxLength: number
  /** Returns the digest of the usual length, or one of `length` bytes if that is more. */
  digest(bytes: Uint8Array, length?: number): Uint8Array
}

// @noble/hashes is loaded on first use: it takes 8 ms, and few stores have a block that needs it.
const require = createRequire(import.meta.url)
const lazy = <T>(id: string, name: string): (() => T) => {
  let loaded: T | undefined
  return () => (loaded ??= (require(id) as Record<string, T>)[name]!)
}
const blake2b = lazy<typeof Blake2b>('@noble/hashes/blake2.js', 'blake2b')
const blake2s = lazy<typeof Blake2s>('@noble/hashes/blake2.js', 'blake2s')
const blake3 = lazy<typeof Blake3>('@noble/hashes/blake3.js', 'blake3')

// hash() is one call, which for 4 KiB takes a quarter less time than a Hash object.
export const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer')

export const sha512 = (bytes: Uint8Array): Uint8Array => hash('sha512', bytes, 'buffer')

type Digest = HashFunction['digest']

const native =
  (algorithm: string): Digest =>
  (bytes) =>
    hash(algorithm, bytes, 'buffer')

/** Keccak as it was before it became SHA-3, which pads otherwise. */
function keccak(name: string): Digest {
  const load = lazy<typeof Keccak>('@noble/hashes/sha3.js', name)
  return (bytes) => load()(bytes)
}

const fixed = (name: string, length: number, digest: Digest): HashFunction => ({
  name,
  length,
  maxLength: length,
  digest
})

const HASHES = new Map<number, HashFunction>([
  [
    IDENTITY,
    { name: 'identity', length: undefined, maxLength: MAX_IDENTITY, digest: (bytes) => bytes }
  ],
  [SHA1, fixed('sha1', 20, native('sha1'))],
  [SHA2_256, fixed('sha2-256', 32, sha256)],
  [SHA2_512, fixed('sha2-512', 64, sha512)],
  [0x14, fixed('sha3-512', 64, native('sha3-512'))],
  [0x15, fixed('sha3-384', 48, native('sha3-384'))],
  [0x16, fixed('sha3-256', 32, native('sha3-256'))],
  [0x17, fixed('sha3-224', 28, native('sha3-224'))],
  [0x19, fixed('shake-256', 64, shake256)],
  [0x1a, fixed('keccak-224', 28, keccak('keccak_224'))],
  [0x1b, fixed('keccak-256', 32, keccak('keccak_256'))],
  [0x1c, fixed('keccak-384', 48, keccak('keccak_384'))],
  [0x1d, fixed('keccak-512', 64, keccak('keccak_512'))],
  [
    BLAKE3,
    {
      name: 'blake3',
      length: 32,
      maxLength: MAX_DIGEST,
      digest: (bytes, length = 32) => blake3()(bytes, { dkLen: Math.max(32, length) })
    }
  ],
  [0x56, fixed('dbl-sha2-256', 32, (bytes) => sha256(sha256(bytes)))]
])

function shake256(bytes: Uint8Array): Uint8Array {
  return createHash('shake256', { outputLength: 64 }).update(bytes).digest()
}

/** The names of the supported hash functions, for messages. */
export const SUPPORTED_HASHES =
  'identity, sha1, sha2-256, sha2-512, dbl-sha2-256, sha3, shake-256, keccak, blake2b and blake2s from 160 bits on, blake3'

/** Returns the hash function of a multihash code; undefined for an unsupported one. */
export function hashFor(code: number): HashFunction | undefined {
  const known = HASHES.get(code)
  if (known !== undefined || code < BLAKE2B_FIRST || code > BLAKE2S_LAST) return known
  const made = blake2(code)
  if (made !== undefined) HASHES.set(code, made)
  return made
}

/** Returns the function of a code of blake2b or blake2s; each length of digest has its own. */
function blake2(code: number): HashFunction | undefined {
  const isB = code <= BLAKE2B_LAST
  const dkLen = code - (isB ? BLAKE2B_FIRST : BLAKE2S_FIRST) + 1
  if (dkLen < MIN_DIGEST) return undefined
  const load: () => typeof Blake2b | typeof Blake2s = isB ? blake2b : blake2s
  return fixed(`blake2${isB ? 'b' : 's'}-${dkLen * 8}`, dkLen, (bytes) => load()(bytes, { dkLen }))
}

/** Returns a hash function by its name. @throws UNSUPPORTED. */
export function hashNamed(name: string): { readonly code: number; readonly hash: HashFunction } {
  const [, letter, bits] = /^blake2([bs])-(\d+)$/.exec(name) ?? []
  const code =
    letter === undefined
      ? [...HASHES].find(([, hash]) => hash.name === name)?.[0]
      : (letter === 'b' ? BLAKE2B_FIRST : BLAKE2S_FIRST) + Number(bits) / 8 - 1
  const hash = code === undefined || !Number.isInteger(code) ? undefined : hashFor(code)
  if (code !== undefined && hash !== undefined && hash.name === name) return { code, hash }
  throw new KitError(
    'UNSUPPORTED',
    `unrecognized hash function: "${name}"; known are ${SUPPORTED_HASHES}`
  )
}
