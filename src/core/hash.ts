/** Hash functions by multihash code. Adding uses sha2-256; the others are for reading. */
import { hash } from 'node:crypto'
import { createRequire } from 'node:module'
import type { blake2b as Blake2b } from '@noble/hashes/blake2.js'
import type { blake3 as Blake3 } from '@noble/hashes/blake3.js'

export const IDENTITY = 0x00
export const SHA2_256 = 0x12
export const SHA2_512 = 0x13
export const BLAKE3 = 0x1e
export const BLAKE2B_256 = 0xb220

/** Longest digest of an identity CID in bytes, as all IPFS nodes limit it. */
export const MAX_IDENTITY = 128

interface HashRow {
  readonly name: string
  /** Length of the digest in bytes; undefined if it varies. */
  readonly length: number | undefined
  readonly digest: (bytes: Uint8Array) => Uint8Array
}

// @noble/hashes is loaded on first use: it takes 8 ms, and few stores have a block that needs it.
const require = createRequire(import.meta.url)
const lazy = <T>(id: string, name: string): (() => T) => {
  let loaded: T | undefined
  return () => (loaded ??= (require(id) as Record<string, T>)[name]!)
}
const blake2b = lazy<typeof Blake2b>('@noble/hashes/blake2.js', 'blake2b')
const blake3 = lazy<typeof Blake3>('@noble/hashes/blake3.js', 'blake3')

// hash() is one call, which for 4 KiB takes a quarter less time than a Hash object.
export const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer')

export const sha512 = (bytes: Uint8Array): Uint8Array => hash('sha512', bytes, 'buffer')

const HASHES: ReadonlyMap<number, HashRow> = new Map<number, HashRow>([
  [IDENTITY, { name: 'identity', length: undefined, digest: (bytes) => bytes }],
  [SHA2_256, { name: 'sha2-256', length: 32, digest: sha256 }],
  [
    SHA2_512,
    {
      name: 'sha2-512',
      length: 64,
      digest: sha512
    }
  ],
  [BLAKE3, { name: 'blake3', length: 32, digest: (bytes) => blake3()(bytes) }],
  [
    BLAKE2B_256,
    { name: 'blake2b-256', length: 32, digest: (bytes) => blake2b()(bytes, { dkLen: 32 }) }
  ]
])

/** Returns the hash function of a multihash code; undefined for an unsupported one. */
export const hashFor = (code: number): HashRow | undefined => HASHES.get(code)
