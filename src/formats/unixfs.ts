/**
 * The UnixFS message inside a dag-pb node.
 * Source: https://specs.ipfs.tech/unixfs/
 */
import { KitError } from '../core/errors.js'
import { readVarint, varint, varintLength, writeVarint } from '../core/varint.js'
import type { Mtime } from '../core/node-stat.js'
import { skipField } from './protobuf.js'

export const UNIXFS_RAW = 0
export const UNIXFS_DIRECTORY = 1
export const UNIXFS_FILE = 2
export const UNIXFS_METADATA = 3
export const UNIXFS_SYMLINK = 4
export const UNIXFS_HAMT = 5

/** Metadata that a file or directory may carry with its content. */
export interface Metadata {
  /** Permission bits, 0 … 0o7777. */
  readonly mode?: number | undefined
  readonly mtime?: Mtime | undefined
}

export interface UnixFs extends Metadata {
  readonly type: number
  /** File bytes, symlink target or HAMT bitfield. */
  readonly data?: Uint8Array | undefined
  /** Size of the file in bytes that the node claims. */
  readonly fileSize?: number | undefined
  /** Bytes of the file below each link. */
  readonly blockSizes: readonly number[]
  readonly hashType?: number | undefined
  readonly fanout?: number | undefined
}

const corrupt = (reason: string, cause?: unknown): KitError =>
  new KitError('CORRUPT_FORMAT', `malformed UnixFS message: ${reason}`, { cause })

// Tags: field number × 8 + wire type. A known field of another wire type is an unknown one.
const TYPE = 0x08
const DATA = 0x12
const FILE_SIZE = 0x18
const BLOCK_SIZE = 0x20
const PACKED_BLOCK_SIZES = 0x22
const HASH_TYPE = 0x28
const FANOUT = 0x30
const MODE = 0x38
const MTIME = 0x42
const SECONDS = 0x08
const NANOSECONDS = 0x15

/** Decodes a message, skipping unknown fields as protobuf requires. @throws CORRUPT_FORMAT. */
export function decodeUnixFs(bytes: Uint8Array): UnixFs {
  const numbers = new Map<number, number>()
  const blockSizes: number[] = []
  let data: Uint8Array | undefined
  let mtime: Mtime | undefined
  for (let at = 0; at < bytes.length;) {
    const tag = readVarint(bytes, at)
    at = varint.next
    if (tag === BLOCK_SIZE || NUMBERS.has(tag)) {
      const value = readVarint(bytes, at)
      at = varint.next
      if (tag === BLOCK_SIZE) blockSizes.push(value)
      else numbers.set(tag, value)
    } else if (tag === DATA || tag === MTIME || tag === PACKED_BLOCK_SIZES) {
      const part = bytesAt(bytes, at)
      at = part.byteOffset - bytes.byteOffset + part.length
      if (tag === DATA) data = part
      else if (tag === MTIME) mtime = decodeMtime(part)
      else unpackSizes(part, blockSizes)
    } else at = skipField(bytes, at, tag)
  }
  const type = numbers.get(TYPE)
  if (type === undefined) throw corrupt('it has no type')
  const mode = numbers.get(MODE)
  return {
    type,
    data,
    fileSize: numbers.get(FILE_SIZE),
    blockSizes,
    hashType: numbers.get(HASH_TYPE),
    fanout: numbers.get(FANOUT),
    mode: mode === undefined ? undefined : mode & 0o7777,
    mtime
  }
}

const NUMBERS: ReadonlySet<number> = new Set([TYPE, FILE_SIZE, HASH_TYPE, FANOUT, MODE])

/** Returns the value of a field of bytes. @throws CORRUPT_FORMAT. */
function bytesAt(bytes: Uint8Array, at: number): Uint8Array {
  const end = readVarint(bytes, at) + varint.next
  if (end > bytes.length) throw corrupt('a field runs past the end')
  return bytes.subarray(varint.next, end)
}

/** Reads packed block sizes, which some encoders write instead of repeated fields. */
function unpackSizes(bytes: Uint8Array, into: number[]): void {
  for (let at = 0; at < bytes.length; at = varint.next) into.push(readVarint(bytes, at))
}

/**
 * Decodes UnixTime: seconds as a varint, nanoseconds as fixed32.
 * @returns undefined for a time that is none, which is no reason to refuse the file.
 * @throws CORRUPT_FORMAT.
 */
function decodeMtime(bytes: Uint8Array): Mtime | undefined {
  let sec = 0
  let nsec = 0
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at < bytes.length;) {
    const tag = readVarint(bytes, at)
    const start = varint.next
    at = skipField(bytes, start, tag)
    if (tag === SECONDS) sec = signedVarint(bytes, start)
    else if (tag === NANOSECONDS) nsec = view.getUint32(start, true)
  }
  return nsec > 999_999_999 || !Number.isSafeInteger(sec) ? undefined : { sec, nsec }
}

/** Reads an int64, which takes ten bytes of two's complement for times before 1970. */
function signedVarint(bytes: Uint8Array, offset: number): number {
  let value = 0n
  for (let i = 0; i < 10; i++) {
    const byte = bytes[offset + i]
    if (byte === undefined) break
    value |= BigInt(byte & 0x7f) << BigInt(7 * i)
    if (byte < 0x80) return Number(BigInt.asIntN(64, value))
  }
  throw corrupt('unreadable mtime')
}

/** Encodes the fields that are set, in field order. */
export function encodeUnixFs(node: UnixFs): Uint8Array {
  const mtime = node.mtime === undefined ? undefined : encodeMtime(node.mtime)
  const bytes = Buffer.allocUnsafeSlow(messageLength(node, mtime))
  let at = writeField(bytes, 0, 0x08, node.type)
  if (node.data !== undefined) at = writeBytes(bytes, at, 0x12, node.data)
  if (node.fileSize !== undefined) at = writeField(bytes, at, 0x18, node.fileSize)
  for (const size of node.blockSizes) at = writeField(bytes, at, 0x20, size)
  if (node.hashType !== undefined) at = writeField(bytes, at, 0x28, node.hashType)
  if (node.fanout !== undefined) at = writeField(bytes, at, 0x30, node.fanout)
  if (node.mode !== undefined) at = writeField(bytes, at, 0x38, node.mode)
  if (mtime !== undefined) writeBytes(bytes, at, 0x42, mtime)
  return bytes
}

const fieldLength = (value: number | undefined): number =>
  value === undefined ? 0 : 1 + varintLength(value)

const bytesLength = (value: Uint8Array | undefined): number =>
  value === undefined ? 0 : 1 + varintLength(value.length) + value.length

function messageLength(node: UnixFs, mtime: Uint8Array | undefined): number {
  let length = fieldLength(node.type) + bytesLength(node.data) + fieldLength(node.fileSize)
  for (const size of node.blockSizes) length += fieldLength(size)
  length += fieldLength(node.hashType) + fieldLength(node.fanout)
  return length + fieldLength(node.mode) + bytesLength(mtime)
}

function writeField(bytes: Uint8Array, at: number, tag: number, value: number): number {
  bytes[at] = tag
  return writeVarint(bytes, at + 1, value)
}

function writeBytes(bytes: Uint8Array, at: number, tag: number, value: Uint8Array): number {
  at = writeField(bytes, at, tag, value.length)
  bytes.set(value, at)
  return at + value.length
}

function encodeMtime({ sec, nsec }: Mtime): Uint8Array {
  const seconds = encodeSigned(sec)
  const bytes = new Uint8Array(1 + seconds.length + (nsec === 0 ? 0 : 5))
  bytes[0] = 0x08
  bytes.set(seconds, 1)
  if (nsec !== 0) {
    bytes[1 + seconds.length] = 0x15
    new DataView(bytes.buffer).setUint32(2 + seconds.length, nsec, true)
  }
  return bytes
}

function encodeSigned(value: number): number[] {
  let rest = BigInt.asUintN(64, BigInt(value))
  const bytes: number[] = []
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  bytes.push(Number(rest))
  return bytes
}
