/**
 * Index records: 92 bytes with the place and the description of a block, so that a listing or a
 * stat does not read the block itself. Layout in FORMAT.md.
 */
import { copyOf, equalBytes, toHex } from '../core/bytes.js'
import { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { hashFor, MIN_DIGEST, SHA2_256 } from '../core/hash.js'
import type { BlockRecord } from './ports.js'
import type { BlockMeta, Kind } from '../formats/block-kind.js'

export const KEY_BYTES = 32
export const RECORD_BYTES = 92

const FLAG_IN_FILE = 1
const FLAG_FRAMED = 2
const FLAG_MODE = 4
const FLAG_MTIME = 8

/** Value for a codec too large for its field; such a block is described again on each request. */
const OTHER_CODEC = 0xffff

/** Value instead of the code of sha2-256 where the digest is cut, so that the key is not the digest. */
const CUT_SHA2_256 = 0xffff

const LOW = 0x1_0000_0000

/** Writes the record of `key` at `at`. */
export function encodeRecord(
  target: Uint8Array,
  view: DataView,
  at: number,
  key: Uint8Array,
  record: BlockRecord
): void {
  target.set(key, at)
  put53(view, at + 32, record.source)
  put53(view, at + 40, record.offset)
  view.setUint32(at + 48, record.length, true)
  target[at + 52] = record.kind
  target[at + 53] =
    (record.inFile ? FLAG_IN_FILE : 0) |
    (record.framed ? FLAG_FRAMED : 0) |
    (record.mode === undefined ? 0 : FLAG_MODE) |
    (record.mtimeSec === undefined ? 0 : FLAG_MTIME)
  view.setUint16(at + 54, record.mode ?? 0, true)
  put53(view, at + 56, record.size)
  put53(view, at + 64, record.whole)
  view.setFloat64(at + 72, record.mtimeSec ?? 0, true)
  view.setUint32(at + 80, record.mtimeNsec, true)
  view.setUint16(at + 84, Math.min(record.codec, OTHER_CODEC), true)
  view.setUint16(at + 86, record.hashCode, true)
  view.setUint32(at + 88, checkOf(view, at), true)
}

/** Reads the record at `at`. @throws CORRUPT_FORMAT if its checksum differs. */
export function decodeRecord(view: DataView, at: number): BlockRecord {
  if (view.getUint32(at + 88, true) !== checkOf(view, at))
    throw new KitError(
      'CORRUPT_FORMAT',
      'an entry of the index is damaged; rebuild the index with `ipfs-kit fsck --repair`'
    )
  const flags = view.getUint8(at + 53)
  return {
    source: get53(view, at + 32),
    inFile: (flags & FLAG_IN_FILE) !== 0,
    framed: (flags & FLAG_FRAMED) !== 0,
    offset: get53(view, at + 40),
    length: view.getUint32(at + 48, true),
    kind: view.getUint8(at + 52) as Kind,
    size: get53(view, at + 56),
    whole: get53(view, at + 64),
    mode: (flags & FLAG_MODE) === 0 ? undefined : view.getUint16(at + 54, true),
    mtimeSec: (flags & FLAG_MTIME) === 0 ? undefined : view.getFloat64(at + 72, true),
    mtimeNsec: view.getUint32(at + 80, true),
    codec: view.getUint16(at + 84, true),
    hashCode: view.getUint16(at + 86, true)
  }
}

const put53 = (view: DataView, at: number, value: number): void => {
  view.setUint32(at, value % LOW, true)
  view.setUint32(at + 4, Math.floor(value / LOW), true)
}

const get53 = (view: DataView, at: number): number =>
  view.getUint32(at, true) + view.getUint32(at + 4, true) * LOW

/**
 * Returns the CIDv1 of a stored block. For sha2-256 the key is the digest; for another hash the
 * digest is computed from the block, and the key derived from it must match.
 * @throws INTEGRITY if the block is not the one the key was made for.
 */
export function recordCid(key: Uint8Array, record: BlockRecord, block: Uint8Array): Cid {
  const { codec } = record
  if (record.hashCode === SHA2_256) return Cid.v1(codec, SHA2_256, copyOf(key))
  for (const cid of possibleCids(record, block)) if (equalBytes(cid.key, key)) return cid
  throw new KitError('INTEGRITY', `the block under key ${toHex(key)} is not what was stored there`)
}

/** Returns the CID of a record as text; its key where the CID is known only with the block. */
export const recordName = (key: Uint8Array, { codec, hashCode }: BlockRecord): string =>
  hashCode === SHA2_256 ? String(Cid.v1(codec, SHA2_256, copyOf(key))) : `key ${toHex(key)}`

/** Yields the CIDs that a block can have by the hash of its record; the usual one comes first. */
export function* possibleCids(
  { codec, hashCode }: BlockRecord,
  block: Uint8Array
): Generator<Cid, void, undefined> {
  const code = hashCode === CUT_SHA2_256 ? SHA2_256 : hashCode
  for (const digest of digestsOf(code, block)) yield Cid.v1(codec, code, digest)
}

/** Yields the digest of a block in every length, since a record does not say how it is cut. */
function* digestsOf(hashCode: number, block: Uint8Array): Generator<Uint8Array, void, undefined> {
  const hash = hashFor(hashCode)
  if (hash?.length === undefined) return
  // The usual length comes first: nearly all digests have it.
  yield hash.digest(block)
  const longest = hash.digest(block, hash.maxLength)
  for (let length = longest.length; length >= MIN_DIGEST; length--)
    yield longest.subarray(0, length)
}

const recordedHash = ({ hashCode, digest }: Cid): number =>
  hashCode === SHA2_256 && digest.length < KEY_BYTES ? CUT_SHA2_256 : hashCode

/** Computes the checksum over all words of a record but the last; any changed bit changes it. */
function checkOf(view: DataView, at: number): number {
  let sum = 0x811c9dc5
  for (let i = 0; i < RECORD_BYTES - 4; i += 4)
    sum = Math.imul(sum ^ view.getUint32(at + i, true), 0x01000193) ^ (sum >>> 15)
  return sum >>> 0
}

/** Returns the record of a block described by `meta` that lies at `place`. */
export const newRecord = (cid: Cid, meta: BlockMeta, place: Partial<BlockRecord>): BlockRecord => ({
  source: 0,
  inFile: false,
  framed: false,
  offset: 0,
  length: 0,
  kind: meta.kind,
  size: meta.size,
  whole: meta.whole ?? 0,
  mode: meta.mode,
  mtimeSec: meta.mtime?.sec,
  mtimeNsec: meta.mtime?.nsec ?? 0,
  codec: cid.codec,
  hashCode: recordedHash(cid),
  ...place
})
