/**
 * CIDs as bytes; multiformats only decodes and encodes their text. Blocks are stored under a
 * 32-byte key of the multihash, so that CIDv0, CIDv1 and all codecs share one block.
 */
import { base32 } from 'multiformats/bases/base32'
import { base58btc } from 'multiformats/bases/base58'
import { bufferOf, equalBytes, toHex } from './bytes.js'
import { KitError } from './errors.js'
import {
  hashFor,
  IDENTITY,
  MAX_DIGEST,
  MAX_IDENTITY,
  MIN_DIGEST,
  SHA2_256,
  sha512,
  SUPPORTED_HASHES
} from './hash.js'
import { decodeMultibase } from './multibase.js'
import { readVarint, varint, varintLength, writeVarint } from './varint.js'

export const RAW = 0x55
export const DAG_PB = 0x70
export const DAG_CBOR = 0x71
export const DAG_JOSE = 0x85
export const DAG_JSON = 0x0129
/** CBOR and JSON without links. */
export const CBOR = 0x51
export const JSON_CODEC = 0x0200
export const LIBP2P_KEY = 0x72

/** A content identifier: version, codec and multihash, with the bytes they stand in. */
export class Cid {
  readonly bytes: Uint8Array
  readonly version: 0 | 1
  readonly codec: number
  readonly hashCode: number
  readonly digest: Uint8Array
  #key: Uint8Array | undefined
  #text: string | undefined
  #mapKey: string | undefined

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
   * Decodes a CID that fills `bytes` exactly. It keeps the bytes without a copy. The CID may have a
   * `flaw`, because a link with one is still an entry of its folder.
   * @throws INVALID_CID naming the reason.
   */
  static decode(bytes: Uint8Array): Cid {
    // Fast path for nearly all CIDs: version 1, one byte of codec, sha2-256.
    if (bytes.length === 36 && bytes[0] === 1 && bytes[2] === SHA2_256 && bytes[3] === 32)
      if (bytes[1]! < 0x80) return new Cid(bytes, 1, bytes[1]!, SHA2_256, bytes.subarray(4))
    const length = cidLengthAt(bytes, 0)
    if (length !== bytes.length) throw invalid(`${bytes.length - length} bytes follow it`)
    return Cid.at(bytes, 0, length)
  }

  /** Returns the CID in `bytes[start, end)`, a range that cidLengthAt has measured. */
  static at(bytes: Uint8Array, start: number, end: number): Cid {
    const own = bytes.subarray(start, end)
    if (own[0] === 0x12) return new Cid(own, 0, DAG_PB, SHA2_256, own.subarray(2))
    readVarint(own, 0)
    const codec = readVarint(own, varint.next)
    const hashCode = readVarint(own, varint.next)
    readVarint(own, varint.next)
    return new Cid(own, 1, codec, hashCode, own.subarray(varint.next))
  }

  /** Returns the CIDv1 of a codec, hash code and digest. */
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

  /** Returns the CIDv0 of a sha2-256 digest. */
  static v0(digest: Uint8Array): Cid {
    const bytes = new Uint8Array(34)
    bytes[0] = SHA2_256
    bytes[1] = 32
    bytes.set(digest, 2)
    return new Cid(bytes, 0, DAG_PB, SHA2_256, bytes.subarray(2))
  }

  /**
   * Parses the text of a CID in any multibase.
   * @throws INVALID_CID naming the text and the reason, also for a CID with a flaw.
   */
  static parse(text: string): Cid {
    const cid = Cid.parseLink(text)
    if (cid.flaw !== undefined) throw noCid(text, cid.flaw)
    return cid
  }

  /** Parses as `parse` does, but allows a flaw, as `decode` does. @throws INVALID_CID. */
  static parseLink(text: string): Cid {
    try {
      return Cid.decode(decodeText(text))
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unreadable'
      throw noCid(text, reason.replace(/^not a CID: /, ''), error)
    }
  }

  get isIdentity(): boolean {
    return this.hashCode === IDENTITY
  }

  /** Says why no block can have this CID, by the length of its digest; undefined for a sound one. */
  get flaw(): string | undefined {
    return flawOf(this.hashCode, this.digest.length)
  }

  /** Returns the block that an identity CID holds. @throws CORRUPT_FORMAT if the CID has a flaw. */
  get identityBlock(): Uint8Array {
    if (this.flaw !== undefined) throw unusable(this)
    return this.digest
  }

  /** The multihash, which is equal for all versions and codecs of one block. */
  get multihash(): Uint8Array {
    if (this.version === 0) return this.bytes
    return this.bytes.subarray(1 + varintLength(this.codec))
  }

  /** The key of the block in the store: 32 bytes that identify the multihash. */
  get key(): Uint8Array {
    return (this.#key ??= storeKey(this.hashCode, this.digest))
  }

  /** The bytes as a string of as many characters, for maps. */
  get mapKey(): string {
    return (this.#mapKey ??= bufferOf(this.bytes).toString('latin1'))
  }

  equals(other: Cid): boolean {
    return equalBytes(this.bytes, other.bytes)
  }

  /** Returns base58 for version 0 and base32 for version 1, as every IPFS tool prints them. */
  toString(): string {
    return (this.#text ??=
      this.version === 0 ? base58btc.encode(this.bytes).slice(1) : base32.encode(this.bytes))
  }
}

const KEY_LENGTH = 32

const invalid = (reason: string, cause?: unknown): KitError =>
  new KitError('INVALID_CID', `not a CID: ${reason}`, { cause })

const noCid = (text: string, reason: string, cause?: unknown): KitError =>
  new KitError('INVALID_CID', `"${text.slice(0, 100)}" is not a CID: ${reason}`, { cause })

/** Returns the error for the use of a CID with a flaw, such as a link in a folder. */
export const unusable = (cid: Cid): KitError =>
  new KitError('CORRUPT_FORMAT', `no block can have the CID ${cid}: ${cid.flaw}`)

/** Letters of the longest CID, in base2. Decoding some bases takes time quadratic in the length. */
const MAX_TEXT = 1200

function decodeText(text: string): Uint8Array {
  if (text.length > MAX_TEXT) throw invalid(`it has over ${MAX_TEXT} letters`)
  if (text.startsWith('Qm')) return decodeV0(text)
  const bytes = text.length < 3 ? undefined : decodeBase(text)
  if (bytes === undefined) throw invalid('no multibase prefix')
  if (bytes[0] === 0x12) throw invalid('a CIDv0 carries no multibase prefix')
  return bytes
}

/** A text whose letters are right and end within a byte lacks some of them. */
function decodeBase(text: string): Uint8Array | undefined {
  try {
    return decodeMultibase(text)
  } catch (cause) {
    if (cause instanceof SyntaxError && cause.message === 'Unexpected end of data')
      throw invalid('it is cut short, or has letters too many', cause)
    throw cause
  }
}

/** Length of the text of every CIDv0. */
const V0_LENGTH = 46
const NOT_BASE58 = /[^1-9A-HJ-NP-Za-km-z]/u

/** Nothing but a CIDv0 begins with `Qm`, so that what is wrong with it can be told. */
function decodeV0(text: string): Uint8Array {
  const [odd] = NOT_BASE58.exec(text) ?? []
  if (odd !== undefined) throw invalid(`a CIDv0 has no letter "${odd}"`)
  if (text.length === V0_LENGTH) return base58btc.decode(`z${text}`)
  const what = text.length < V0_LENGTH ? 'it is cut short' : 'something follows it'
  throw invalid(`${what}: a CIDv0 has ${V0_LENGTH} letters, this has ${text.length}`)
}

/**
 * Returns the store key of a multihash. A whole sha2-256 digest is its own key. Other multihashes
 * are hashed with sha2-512 rather than sha2-256, so that no sha2-256 block can be made whose digest
 * is the key of another block.
 */
function storeKey(hashCode: number, digest: Uint8Array): Uint8Array {
  if (hashCode === SHA2_256 && digest.length === KEY_LENGTH) return digest
  const named = new Uint8Array(varintLength(hashCode) + digest.length)
  named.set(digest, writeVarint(named, 0, hashCode))
  return sha512(named).subarray(0, KEY_LENGTH)
}

/**
 * Returns the length of the CID at `start`.
 * @throws INVALID_CID for a malformed one, and for an unknown version.
 */
export function cidLengthAt(bytes: Uint8Array, start: number, limit = bytes.length): number {
  if (bytes[start] === 0x12 && bytes[start + 1] === 0x20) {
    if (start + 34 > limit) throw invalid('it is cut short')
    return 34
  }
  // Fast path for nearly all others: version 1, one byte of codec, sha2-256.
  if (bytes[start] === 1 && bytes[start + 1]! < 0x80 && bytes[start + 2] === SHA2_256)
    if (bytes[start + 3] === 32 && start + 36 <= limit) return 36
  try {
    const version = readVarint(bytes, start, limit)
    if (version !== 1) throw invalid(`version ${version} is unknown`)
    readVarint(bytes, varint.next, limit)
    readVarint(bytes, varint.next, limit)
    const length = readVarint(bytes, varint.next, limit)
    if (varint.next + length > limit) throw invalid('it is cut short')
    return varint.next + length - start
  } catch (error) {
    if (error instanceof KitError && error.code === 'INVALID_CID') throw error
    throw invalid('it is cut short', error)
  }
}

/**
 * Checks a digest's length against its hash. A digest may be cut to 20 bytes, as in Kubo. That of an
 * unknown hash is only bounded.
 */
function flawOf(hashCode: number, length: number): string | undefined {
  if (hashCode === SHA2_256 && length === KEY_LENGTH) return undefined
  if (hashCode === IDENTITY)
    return length > MAX_IDENTITY ? `identity of ${length} bytes, over ${MAX_IDENTITY}` : undefined
  const known = hashFor(hashCode)
  if (known !== undefined && length < MIN_DIGEST)
    return `digest of ${length} bytes, under ${MIN_DIGEST}`
  if (known !== undefined && length > known.maxLength)
    return `digest of ${length} bytes where its hash has ${known.maxLength}`
  return length > MAX_DIGEST ? `digest of ${length} bytes, over ${MAX_DIGEST}` : undefined
}

/**
 * Verifies that `block` hashes to `cid`; a digest that is cut must be the beginning of the hash.
 * Every block passes here when it enters the process.
 * @throws INTEGRITY if they do not match, UNSUPPORTED for an unknown hash function, INVALID_CID for
 *   a CID with a flaw.
 */
export function verifyBlock(cid: Cid, block: Uint8Array): void {
  if (cid.flaw !== undefined) throw new KitError('INVALID_CID', `${cid}: ${cid.flaw}`)
  const hash = hashFor(cid.hashCode)
  if (hash === undefined) throw unsupportedHash(cid)
  const digest = hash.digest(block, cid.digest.length)
  if (!beginsWith(digest, cid.digest))
    throw new KitError('INTEGRITY', `block does not match ${cid}: it hashes to ${toHex(digest)}`)
}

function beginsWith(digest: Uint8Array, cut: Uint8Array): boolean {
  return equalBytes(digest.length === cut.length ? digest : digest.subarray(0, cut.length), cut)
}

/** Returns whether a block hashes to a CID; false where that cannot be known. */
export function isDigestOf(cid: Cid, block: Uint8Array): boolean {
  const hash = cid.flaw === undefined ? hashFor(cid.hashCode) : undefined
  return hash !== undefined && beginsWith(hash.digest(block, cid.digest.length), cid.digest)
}

/** The error of a CID whose hash function cannot be computed here. */
export const unsupportedHash = (cid: Cid): KitError =>
  new KitError(
    'UNSUPPORTED',
    `${cid}: hash function 0x${cid.hashCode.toString(16)} is not supported; supported are ${SUPPORTED_HASHES}`
  )
