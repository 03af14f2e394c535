/**
 * Tells whether the mappings of pins changed since a moment, by the end that the log had then: most of what comes
 * behind it, such as counts of reads, says nothing of pins.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { isKitError } from '../core/errors.js'
import { ifPresent } from '../core/fs-durable.js'
import { READ_FLAGS } from '../core/read-file.js'
import { frameAt } from '../wal/frame.js'
import { MAPPING } from '../wal/kinds.js'
import { logFolder } from '../wal/layout.js'
import {
  framesOf,
  readSegment,
  SEGMENT_HEADER,
  segmentsIn,
  type SegmentFile
} from '../wal/segment.js'

/** Bytes behind a mark that are looked at; of more it is believed that they change something. */
const MAX_TAIL = 1 << 20

/** What there is where there is no log. */
const NONE = '-'

/** Returns the name of the last segment, and where its last frame ends. */
export function markOfLog(home: string): string {
  const last = segmentsIn(logFolder(home)).at(-1)
  const bytes = last === undefined ? undefined : readSegment(last)
  if (last === undefined || bytes === undefined) return NONE
  const frames = framesOf(last, bytes)
  let step = frames.next()
  while (step.done !== true) step = frames.next()
  return `${basename(last.path)} ${step.value.size}`
}

/** @returns false where mappings changed, and where that cannot be told. */
export function areMappingsSame(home: string, mark: string): boolean {
  const [name, offset] = mark.split(' ')
  const segments = segmentsIn(logFolder(home))
  const place = segments.findIndex(({ path }) => basename(path) === name)
  if (mark !== NONE && place < 0) return false
  const later = mark === NONE ? segments : segments.slice(place + 1)
  const start = Number(offset)
  return (
    (mark === NONE || isTailOther(segments[place]!, start)) &&
    later.every((segment) => isTailOther(segment, SEGMENT_HEADER))
  )
}

/** Returns whether what a segment has from an offset on is of other kinds, as far as it is whole. */
function isTailOther({ path }: SegmentFile, offset: number): boolean {
  const bytes = tailOf(path, offset)
  if (bytes === undefined) return false
  for (let at = 0; at < bytes.length;) {
    const frame = frameIn(bytes, at)
    // What is torn was never acknowledged.
    if (frame === 'torn') return true
    if (typeof frame === 'string' || frame.entries.some(({ kind }) => kind === MAPPING))
      return false
    at = frame.next
  }
  return true
}

function frameIn(bytes: Buffer, at: number): ReturnType<typeof frameAt> {
  try {
    return frameAt(bytes, at)
  } catch (error) {
    if (isKitError(error)) return 'damaged'
    throw error
  }
}

/** @returns undefined where the file is gone, shorter than it was, or has too much behind. */
function tailOf(path: string, offset: number): Buffer | undefined {
  const size = ifPresent(() => statSync(path).size)
  if (size === undefined || size < offset || size - offset > MAX_TAIL) return undefined
  if (size === offset) return Buffer.alloc(0)
  const fd = openSync(path, READ_FLAGS)
  try {
    const bytes = Buffer.alloc(size - offset)
    return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, offset))
  } finally {
    closeSync(fd)
  }
}
