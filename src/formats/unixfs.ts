/**
 * The UnixFS message inside a dag-pb node.
 * Source: https://specs.ipfs.tech/unixfs/
 */
import { KitError } from '../core/errors.js'
import { readVarint, varint, varintLength, writeVarint } from '../core/varint.js'
import type { Mtime } from '../core/node-stat.js'

export const UNIXFS_RAW = 0
export const UNIXFS_DIRECTORY = 1
export const UNIXFS_FILE = 2
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

/** Decodes a message, skipping unknown fields as protobuf requires. @throws CORRUPT_FORMAT. */
export function decodeUnixFs(bytes: Uint8Array): UnixFs {
  // Fields: 1 Type, 2 Data, 3 filesize, 4 blocksizes, 5 hashType, 6 fanout, 7 mode, 8 mtime.
  const fields: Record<number, number> = {}
  const blockSizes: number[] = []
  let data: Uint8Array | undefined
  let mtime: Mtime | undefined
  for (let at = 0; at < bytes.length;) {
    const tag = readVarint(bytes, at)
    at = varint.next
    const field = Math.floor(tag / 8)
    const wire = tag % 8
    if (wire === 0) {
      const value = readVarint(bytes, at)
      at = varint.next
      if (field === 4) blockSizes.push(value)
      else fields[field] = value
    } else if (wire === 2) {
      const length = readVarint(bytes, at)
      const start = varint.next
      at = start + length
      if (at > bytes.length) throw corrupt('a field runs past the end')
      const part = bytes.subarray(start, at)
      if (field === 2) data = part
      else if (field === 8) mtime = decodeMtime(part)
      else if (field === 4) unpackSizes(part, blockSizes)
    } else {
      at += fixedWidth(wire)
      if (at > bytes.length) throw corrupt('a field runs past the end')
    }
  }
  const type = fields[1]
  if (type === undefined) throw corrupt('it has no type')
  return {
    type,
    data,
    fileSize: fields[3],
    blockSizes,
    hashType: fields[5],
    fanout: fields[6],
    mode: fields[7] === undefined ? undefined : fields[7] & 0o7777,
    mtime
  }
}

/** Returns the length of a fixed-width field, which is skipped. @throws CORRUPT_FORMAT. */
function fixedWidth(wire: number): number {
  if (wire === 1) return 8
  if (wire === 5) return 4
  throw corrupt(`wire type ${wire}`)
}

/** Reads packed block sizes, which some encoders write instead of repeated fields. */
function unpackSizes(bytes: Uint8Array, into: number[]): void {
  for (let at = 0; at < bytes.length; at = varint.next) into.push(readVarint(bytes, at))
}

/** Decodes UnixTime: seconds as a varint, nanoseconds as fixed32. @throws CORRUPT_FORMAT. */
function decodeMtime(bytes: Uint8Array): Mtime {
  let sec = 0
  let nsec = 0
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at]!
    if (tag === 0x08) {
      sec = signedVarint(bytes, at + 1)
      at = varint.next
    } else if (tag === 0x15 && at + 5 <= bytes.length) {
      nsec = view.getUint32(at + 1, true)
      at += 5
    } else {
      throw corrupt('unreadable mtime')
    }
  }
  if (nsec > 999_999_999) throw corrupt(`mtime with ${nsec} nanoseconds`)
  return { sec, nsec }
}

/** Reads an int64, which takes ten bytes of two's complement for times before 1970. */
function signedVarint(bytes: Uint8Array, offset: number): number {
  let value = 0n
  for (let i = 0; i < 10; i++) {
    const byte = bytes[offset + i]
    if (byte === undefined) break
    value |= BigInt(byte & 0x7f) << BigInt(7 * i)
    if (byte < 0x80) {
      varint.next = offset + i + 1
      return Number(BigInt.asIntN(64, value))
    }
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
