/**
 * CIDs. Text is handled by multiformats at the edges; inside, a CID is its bytes,
 * and what a block is stored under is a 32-byte key of its multihash, so that
 * CIDv0, CIDv1 and every codec over one multihash share one block.
 */
import { base16, base16upper } from 'multiformats/bases/base16'
import { base32, base32hex, base32upper, base32z } from 'multiformats/bases/base32'
import { base36, base36upper } from 'multiformats/bases/base36'
import { base58btc, base58flickr } from 'multiformats/bases/base58'
import { base64, base64pad, base64url, base64urlpad } from 'multiformats/bases/base64'
import { equalBytes, toHex } from './bytes.js'
import { KitError } from './errors.js'
import { hashFor, IDENTITY, MAX_IDENTITY, SHA2_256, sha512 } from './hash.js'
import { readVarint, varint, varintLength, writeVarint } from './varint.js'

export const RAW = 0x55
export const DAG_PB = 0x70
export const DAG_CBOR = 0x71
export const DAG_JSON = 0x0129

const BASES = [
  base16, base16upper, base32, base32upper, base32hex, base32z, base36, base36upper,
  base58btc, base58flickr, base64, base64pad, base64url, base64urlpad
] // prettier-ignore
const DECODERS = new Map(BASES.map((base) => [base.prefix as string, base]))

/** A content identifier: version, codec and multihash, with the bytes they stand in. */
export class Cid {
  readonly bytes: Uint8Array
  readonly version: 0 | 1
  readonly codec: number
  readonly hashCode: number
  readonly digest: Uint8Array
  #key: Uint8Array | undefined

  private constructor(
    bytes: Uint8Array,
    version: 0 | 1,
    codec: number,
    hashCode: number,
    digest: Uint8Array
  ) {
    this.bytes = bytes
    this.version = version
    this.codec = codec
    this.hashCode = hashCode
    this.digest = digest
  }

  /**
   * Read a CID that fills `bytes` exactly. The bytes are kept, not copied.
   * @throws INVALID_CID naming the reason.
   */
  static decode(bytes: Uint8Array): Cid {
    // Nearly all of them: version 1, one byte of codec, sha2-256.
    if (bytes.length === 36 && bytes[0] === 1 && bytes[2] === SHA2_256 && bytes[3] === 32)
      if (bytes[1]! < 0x80) return new Cid(bytes, 1, bytes[1]!, SHA2_256, bytes.subarray(4))
    const length = cidLengthAt(bytes, 0)
    if (length !== bytes.length) throw invalid(`${bytes.length - length} bytes follow it`)
    return Cid.at(bytes, 0, length)
  }

  /** The CID in `bytes[start, end)`, a range cidLengthAt has measured. */
  static at(bytes: Uint8Array, start: number, end: number): Cid {
    const own = bytes.subarray(start, end)
    if (own[0] === 0x12) return new Cid(own, 0, DAG_PB, SHA2_256, own.subarray(2))
    readVarint(own, 0)
    const codec = readVarint(own, varint.next)
    const hashCode = readVarint(own, varint.next)
    readVarint(own, varint.next)
    return new Cid(own, 1, codec, hashCode, own.subarray(varint.next))
  }

  /** Make the CIDv1 of a codec, hash code and digest. */
  static v1(codec: number, hashCode: number, digest: Uint8Array): Cid {
    const head = 1 + varintLength(codec) + varintLength(hashCode) + varintLength(digest.length)
    const bytes = new Uint8Array(head + digest.length)
    let at = writeVarint(bytes, 0, 1)
    at = writeVarint(bytes, at, codec)
    at = writeVarint(bytes, at, hashCode)
    at = writeVarint(bytes, at, digest.length)
    bytes.set(digest, at)
    return new Cid(bytes, 1, codec, hashCode, bytes.subarray(at))
  }

  /** Make the CIDv0 of a sha2-256 digest. */
  static v0(digest: Uint8Array): Cid {
    const bytes = new Uint8Array(34)
    bytes[0] = SHA2_256
    bytes[1] = 32
    bytes.set(digest, 2)
    return new Cid(bytes, 0, DAG_PB, SHA2_256, bytes.subarray(2))
  }

  /**
   * Parse the text of a CID in any multibase.
   * @throws INVALID_CID naming the text and the reason.
   */
  static parse(text: string): Cid {
    try {
      return Cid.decode(decodeText(text))
    } catch (error) {
      const reason =
        error instanceof Error ? error.message.replace(/^not a CID: /, '') : 'unreadable'
      throw new KitError('INVALID_CID', `"${text.slice(0, 100)}" is not a CID: ${reason}`, {
        cause: error
      })
    }
  }

  get isIdentity(): boolean {
    return this.hashCode === IDENTITY
  }

  /** The multihash: what is the same whatever version and codec the block is asked by. */
  get multihash(): Uint8Array {
    if (this.version === 0) return this.bytes
    return this.bytes.subarray(1 + varintLength(this.codec))
  }

  /** What the block store files the block under: 32 bytes of its multihash. */
  get key(): Uint8Array {
    return (this.#key ??= storeKey(this.hashCode, this.digest))
  }

  equals(other: Cid): boolean {
    return equalBytes(this.bytes, other.bytes)
  }

  /** Base58 for version 0, base32 for version 1, as every IPFS tool prints them. */
  toString(): string {
    if (this.version === 0) return base58btc.encode(this.bytes).slice(1)
    return base32.encode(this.bytes)
  }
}

const invalid = (reason: string, cause?: unknown): KitError =>
  new KitError('INVALID_CID', `not a CID: ${reason}`, { cause })

function decodeText(text: string): Uint8Array {
  if (text.length === 46 && text.startsWith('Qm')) return base58btc.decode(`z${text}`)
  const base = DECODERS.get(text[0] ?? '')
  if (base === undefined || text.length < 3) throw invalid('no multibase prefix')
  const bytes = base.decode(text)
  if (bytes[0] === 0x12) throw invalid('a CIDv0 carries no multibase prefix')
  return bytes
}

/**
 * Multihash → store key. sha2-256 digests are keys as they are; all others are hashed to one,
 * by another function: nobody can make a sha2-256 block whose digest is the key of another.
 */
function storeKey(hashCode: number, digest: Uint8Array): Uint8Array {
  if (hashCode === SHA2_256) return digest
  const named = new Uint8Array(varintLength(hashCode) + digest.length)
  named.set(digest, writeVarint(named, 0, hashCode))
  return sha512(named).subarray(0, 32)
}

/**
 * Measure the CID that begins at `start`, checking all that can be checked without the block.
 * @throws INVALID_CID for a malformed one, a wrong digest length, or an oversized identity.
 */
export function cidLengthAt(bytes: Uint8Array, start: number, limit = bytes.length): number {
  if (bytes[start] === 0x12 && bytes[start + 1] === 0x20) {
    if (start + 34 > limit) throw invalid('it is cut short')
    return 34
  }
  // Nearly all others: version 1, one byte of codec, sha2-256.
  if (bytes[start] === 1 && bytes[start + 1]! < 0x80 && bytes[start + 2] === SHA2_256)
    if (bytes[start + 3] === 32 && start + 36 <= limit) return 36
  try {
    const version = readVarint(bytes, start, limit)
    if (version !== 1) throw invalid(`version ${version} is unknown`)
    readVarint(bytes, varint.next, limit)
    const hashCode = readVarint(bytes, varint.next, limit)
    const length = readVarint(bytes, varint.next, limit)
    checkDigestLength(hashCode, length)
    if (varint.next + length > limit) throw invalid('it is cut short')
    return varint.next + length - start
  } catch (error) {
    if (error instanceof KitError && error.code === 'INVALID_CID') throw error
    throw invalid('it is cut short', error)
  }
}

function checkDigestLength(hashCode: number, length: number): void {
  if (hashCode === IDENTITY) {
    if (length > MAX_IDENTITY) throw invalid(`identity of ${length} bytes, over ${MAX_IDENTITY}`)
    return
  }
  const expected = hashFor(hashCode)?.length
  if (expected !== undefined && length !== expected)
    throw invalid(`digest of ${length} bytes where its hash has ${expected}`)
  if (length > 128) throw invalid(`digest of ${length} bytes`)
}

/**
 * Check that `block` hashes to `cid`: the one gate bytes pass when they enter the process.
 * @throws INTEGRITY when they do not match, UNSUPPORTED for a hash function we lack.
 */
export function verifyBlock(cid: Cid, block: Uint8Array): void {
  const hash = hashFor(cid.hashCode)
  if (hash === undefined)
    throw new KitError(
      'UNSUPPORTED',
      `${cid}: hash function 0x${cid.hashCode.toString(16)} is not supported`
    )
  const digest = hash.digest(block)
  if (!equalBytes(digest, cid.digest))
    throw new KitError('INTEGRITY', `block does not match ${cid}: it hashes to ${toHex(digest)}`)
}
