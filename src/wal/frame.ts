/**
 * Frames of the log: what one write appends, all or nothing after a crash. FORMAT.md has the layout.
 */
import { crc32 } from 'node:zlib'

/** What is to be appended. */
export interface NewEntry {
  /** From 0 to 65535. */
  readonly kind: number
  /** Must not change until it is written. */
  readonly payload: Uint8Array
}

export interface LogEntry extends NewEntry {
  /** Log sequence number: 1 for the first entry of a log, one more for each later one. */
  readonly lsn: number
}

const MAGIC = 0x464c4b49 // IKLF
export const FRAME_HEADER = 32
const HEADER_CHECKED = 28
const ENTRY_HEADER = 8
/** Most bytes of the entries of a frame. */
export const MAX_BODY = 64 << 20
/** What a disk writes whole or not at all. */
const SECTOR = 512

/** Returns the bytes that an entry takes in a frame. */
export const entrySize = ({ payload }: NewEntry): number => ENTRY_HEADER + payload.length

/** Returns a frame. @param first LSN of the first entry. */
export function encodeFrame(first: number, entries: readonly NewEntry[]): Buffer {
  const body = entries.reduce((sum, entry) => sum + entrySize(entry), 0)
  const bytes = Buffer.alloc(FRAME_HEADER + body)
  let at = FRAME_HEADER
  for (const { kind, payload } of entries) {
    bytes.writeUInt32LE(payload.length, at)
    bytes.writeUInt16LE(kind, at + 4)
    bytes.set(payload, at + ENTRY_HEADER)
    at += ENTRY_HEADER + payload.length
  }
  bytes.writeUInt32LE(MAGIC, 0)
  bytes.writeUInt32LE(body, 4)
  bytes.writeBigUInt64LE(BigInt(first), 8)
  bytes.writeUInt32LE(entries.length, 16)
  bytes.writeUInt32LE(crc32(bytes.subarray(FRAME_HEADER)), 20)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, HEADER_CHECKED)), HEADER_CHECKED)
  return bytes
}

export interface Frame {
  /** LSN of the first entry. */
  readonly first: number
  readonly entries: readonly LogEntry[]
  /** Where the next frame begins. */
  readonly next: number
}

/** A frame, or why there is none: `torn` is what a crash leaves of the last write. */
export type FrameResult = Frame | 'torn' | 'damaged'

/**
 * Reads the frame at a position before the end of the bytes.
 *
 * A write begins only after the one before is durable. So a broken frame with anything behind it was
 * acknowledged, and is damage. Of the last one a crash leaves a part: the file ends in it, or a sector
 * of it was never written and is all zeros. Otherwise all of it was written, and changed later.
 */
export function frameAt(bytes: Buffer, at: number): FrameResult {
  const header = headerAt(bytes, at)
  if (header === undefined) return brokenHeader(bytes, at)
  const { first, count, sum, next } = header
  if (next > bytes.length) return 'torn'
  const body = bytes.subarray(at + FRAME_HEADER, next)
  const entries = crc32(body) === sum ? entriesOf(body, first, count) : undefined
  if (entries !== undefined) return { first, entries, next }
  return isZero(bytes, next, bytes.length) && hasZeroSector(bytes, at, next) ? 'torn' : 'damaged'
}

interface Header {
  readonly first: number
  readonly count: number
  readonly sum: number
  readonly next: number
}

function headerAt(bytes: Buffer, at: number): Header | undefined {
  if (at + FRAME_HEADER > bytes.length || bytes.readUInt32LE(at) !== MAGIC) return undefined
  const check = crc32(bytes.subarray(at, at + HEADER_CHECKED))
  if (check !== bytes.readUInt32LE(at + HEADER_CHECKED)) return undefined
  return {
    first: Number(bytes.readBigUInt64LE(at + 8)),
    count: bytes.readUInt32LE(at + 16),
    sum: bytes.readUInt32LE(at + 20),
    next: at + FRAME_HEADER + bytes.readUInt32LE(at + 4)
  }
}

function brokenHeader(bytes: Buffer, at: number): FrameResult {
  const end = at + FRAME_HEADER
  if (end > bytes.length) return 'torn'
  return hasZeroSector(bytes, at, end) && !isFrameAfter(bytes, at) ? 'torn' : 'damaged'
}

/** Returns whether an intact header stands anywhere behind a position. */
function isFrameAfter(bytes: Buffer, at: number): boolean {
  const magic = Buffer.alloc(4)
  magic.writeUInt32LE(MAGIC)
  for (let i = bytes.indexOf(magic, at + 1); i >= 0; i = bytes.indexOf(magic, i + 1))
    if (headerAt(bytes, i) !== undefined) return true
  return false
}

function entriesOf(body: Buffer, first: number, count: number): LogEntry[] | undefined {
  const entries: LogEntry[] = []
  for (let at = 0; at < body.length;) {
    if (at + ENTRY_HEADER > body.length) return undefined
    const end = at + ENTRY_HEADER + body.readUInt32LE(at)
    if (end > body.length) return undefined
    const payload = body.subarray(at + ENTRY_HEADER, end)
    entries.push({ lsn: first + entries.length, kind: body.readUInt16LE(at + 4), payload })
    at = end
  }
  return entries.length === count && count > 0 ? entries : undefined
}

const isZero = (bytes: Buffer, from: number, to: number): boolean => {
  for (let i = from; i < to; i++) if (bytes[i] !== 0) return false
  return true
}

/** Returns whether the part of some sector that lies in a range is all zeros. */
function hasZeroSector(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to;) {
    const end = Math.min(to, at - (at % SECTOR) + SECTOR)
    if (isZero(bytes, at, end)) return true
    at = end
  }
  return false
}
