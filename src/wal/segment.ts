/** Segments of the log: files of frames, each named by the LSN of its first entry. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { KitError } from '../core/errors.js'
import { ifPresent } from '../core/fs-durable.js'
import { readFileIfAny } from '../core/read-file.js'
import { frameAt, type Frame } from './frame.js'

const MAGIC = 'IKWL'
const VERSION = 1
export const SEGMENT_HEADER = 24
const HEADER_CHECKED = 20
const NAME = /^wal-([0-9a-f]{16})\.log$/

/** What a user can do about damage. */
const MEND =
  'put the file back from a backup, or move it away, and the later ones with it: their changes are lost then'

export interface SegmentFile {
  readonly path: string
  /** LSN of its first entry. */
  readonly first: number
  /** Whether no other follows, so that it may end in a torn frame. */
  readonly isLast: boolean
}

export const segmentName = (first: number): string =>
  `wal-${first.toString(16).padStart(16, '0')}.log`

/** Returns the segments of a folder in order; none where there is no folder. */
export function segmentsIn(folder: string): SegmentFile[] {
  const names = ifPresent(() => readdirSync(folder)) ?? []
  const firsts = names
    .flatMap((name) => {
      const hex = NAME.exec(name)?.[1]
      return hex === undefined ? [] : [Number.parseInt(hex, 16)]
    })
    .sort((a, b) => a - b)
  return firsts.map((first, i) => ({
    path: join(folder, segmentName(first)),
    first,
    isLast: i === firsts.length - 1
  }))
}

export function encodeHeader(first: number): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEADER)
  bytes.write(MAGIC, 'latin1')
  bytes.writeUInt32LE(VERSION, 4)
  bytes.writeBigUInt64LE(BigInt(first), 8)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, HEADER_CHECKED)), HEADER_CHECKED)
  return bytes
}

/** Returns the bytes of a segment; undefined where it is gone. */
export const readSegment = ({ path }: SegmentFile): Buffer | undefined => readFileIfAny(path, MEND)

/** Where the intact frames of a segment end. */
export interface SegmentEnd {
  /** Bytes of the intact part. */
  readonly size: number
  /** Where the last frame begins; undefined where there is none. */
  readonly lastFrame: number | undefined
  readonly isTorn: boolean
  /** LSN that the next entry has. */
  readonly next: number
}

/**
 * Yields the frames of a segment and returns where they end.
 * @throws CORRUPT_FORMAT naming file and offset; NEWER_FORMAT for a newer version.
 */
export function* framesOf(file: SegmentFile, bytes: Buffer): Generator<Frame, SegmentEnd> {
  checkHeader(file, bytes)
  let lastFrame: number | undefined
  let next = file.first
  let at = SEGMENT_HEADER
  const end = (isTorn: boolean): SegmentEnd => ({ size: at, lastFrame, isTorn, next })
  while (at < bytes.length) {
    const frame = frameAt(bytes, at)
    if (frame === 'torn' && file.isLast) return end(true)
    if (typeof frame === 'string' || frame.first !== next) throw damaged(file.path, at)
    yield frame
    lastFrame = at
    next += frame.entries.length
    at = frame.next
  }
  return end(false)
}

function checkHeader({ path, first }: SegmentFile, bytes: Buffer): void {
  if (bytes.length < SEGMENT_HEADER || bytes.toString('latin1', 0, 4) !== MAGIC)
    throw damaged(path, 0)
  const sum = crc32(bytes.subarray(0, HEADER_CHECKED))
  if (sum !== bytes.readUInt32LE(HEADER_CHECKED)) throw damaged(path, 0)
  const version = bytes.readUInt32LE(4)
  if (version !== VERSION)
    throw new KitError(
      'NEWER_FORMAT',
      `the log ${path} is of version ${version}, newer than this program, which changes nothing of it; upgrade ipfs-kit`
    )
  if (bytes.readBigUInt64LE(8) !== BigInt(first)) throw damaged(path, 8)
}

const damaged = (path: string, at: number): KitError =>
  new KitError('CORRUPT_FORMAT', `the log ${path} is damaged at byte ${at}; ${MEND}`)

/** @throws CORRUPT_FORMAT where the segments before end at another LSN than this one begins with. */
export function checkFollows({ path, first }: SegmentFile, next: number | undefined): void {
  if (next === undefined || next === first) return
  throw new KitError(
    'CORRUPT_FORMAT',
    `the log ${path} begins with entry ${first}, at byte 0, and the file before it ends before ${next}: one is cut short, or missing; ${MEND}`
  )
}
