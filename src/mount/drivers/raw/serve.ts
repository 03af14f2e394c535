/**
 * The loop of one serving thread: it reads requests from the descriptor and answers them until the
 * mount is gone. Nothing here may access the mount itself, because the thread would wait for its
 * own answer.
 */
import { readSync, writeSync } from 'node:fs'
import { systemCode } from '../../../core/errors.js'
import { EIO } from '../../errno.js'
import type { Operations } from './operations.js'
import { OUT_HEADER, uniqueOf } from './protocol.js'
import type { RequestCounts } from './request-counts.js'
import type { CurrentRequests } from './current-requests.js'

/** The records that a serving thread keeps. */
export interface ServeRecords {
  readonly currentRequests: CurrentRequests
  readonly counts: RequestCounts
  /** Its index among the serving threads. */
  readonly place: number
  /** Called after each request. */
  readonly onServed: (() => void) | undefined
}

/** Serves until the mount is gone. @param refresh applies changes of the store to each request. */
export function serve(
  fd: number,
  operations: Operations,
  refresh: () => void,
  { currentRequests, counts, place, onServed }: ServeRecords
): void {
  const { request } = operations
  for (;;) {
    const length = readRequest(fd, request)
    if (length === undefined) return
    if (length === 0) continue
    if (operations.isWaitedFor)
      currentRequests.begin(place, request.readUInt32LE(8), request.readUInt32LE(12))
    counts.count(request.readUInt32LE(4))
    const since = performance.now()
    const answer = operations.handle(length, refresh)
    if (answer > 0) {
      writeAnswer(fd, operations, answer)
      counts.answered(performance.now() - since)
    }
    currentRequests.end(place)
    operations.answered()
    onServed?.()
  }
}

/** Reads the next request. @returns its length, 0 to try again, undefined if the mount is gone. */
function readRequest(fd: number, into: Buffer): number | undefined {
  try {
    return readSync(fd, into, 0, into.length, null)
  } catch (error) {
    const code = systemCode(error)
    // ENOENT: the request was interrupted before it was read.
    if (code === 'EINTR' || code === 'EAGAIN' || code === 'ENOENT') return 0
    if (code === 'ENODEV' || code === 'ECONNABORTED') return undefined
    throw error
  }
}

/** Writes an answer of `length` bytes, or EIO if the kernel refuses that answer. */
export function writeAnswer(fd: number, operations: Operations, length: number): void {
  try {
    writeSync(fd, operations.reply.bytes, 0, length)
  } catch (error) {
    operations.rollBack()
    // ENOENT: the watchdog has answered it with an error; ENODEV: the mount is gone.
    const code = systemCode(error)
    if (code === 'ENOENT' || code === 'ENODEV') return
    console.error('the kernel refused an answer', error)
    writeError(fd, uniqueOf(operations.request), EIO)
  }
}

/** Answers a request with an error; does nothing if it was answered already. */
export function writeError(fd: number, unique: number, errno: number): void {
  const header = Buffer.alloc(OUT_HEADER)
  header.writeUInt32LE(OUT_HEADER, 0)
  header.writeInt32LE(-errno, 4)
  header.writeBigUInt64LE(BigInt(unique), 8)
  try {
    writeSync(fd, header)
  } catch (error) {
    const code = systemCode(error)
    if (code !== 'ENOENT' && code !== 'ENODEV') console.error('an error cannot be told', error)
  }
}
