/**
 * The loop of one serving thread: read a request from the descriptor, answer it, again.
 * It ends when the kernel says the mount is gone. Nothing here may ever touch the mount
 * itself: this thread would wait for its own answer.
 */
import { readSync, writeSync } from 'node:fs'
import { systemCode } from '../../../core/errors.js'
import { EIO } from '../../errno.js'
import type { Operations } from './operations.js'
import { OUT_HEADER, uniqueOf } from './protocol.js'
import type { RequestCounts } from './request-counts.js'
import type { CurrentRequests } from './current-requests.js'

/** Where a thread says what it is at, and counts what it did. */
export interface Desk {
  readonly currentRequests: CurrentRequests
  readonly counts: RequestCounts
  /** Its place among the threads that serve. */
  readonly place: number
  /** Called after each request. */
  readonly served: (() => void) | undefined
}

/** @param refresh runs ahead of every request, to take up what changed in the store. */
export function serve(
  fd: number,
  operations: Operations,
  refresh: () => void,
  { currentRequests, counts, place, served }: Desk
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
    served?.()
  }
}

/** Length of the next request, 0 to try again, undefined when the mount is gone. */
function readRequest(fd: number, into: Buffer): number | undefined {
  try {
    return readSync(fd, into, 0, into.length, null)
  } catch (error) {
    const code = systemCode(error)
    // ENOENT: the request was interrupted before we read it.
    if (code === 'EINTR' || code === 'EAGAIN' || code === 'ENOENT') return 0
    if (code === 'ENODEV' || code === 'ECONNABORTED') return undefined
    throw error
  }
}

/** Write an answer of `length` bytes, or EIO where the kernel does not take that one. */
export function writeAnswer(fd: number, operations: Operations, length: number): void {
  try {
    writeSync(fd, operations.reply.bytes, 0, length)
  } catch (error) {
    operations.rollBack()
    // ENOENT: it was answered with an error meanwhile; ENODEV: the mount went away.
    const code = systemCode(error)
    if (code === 'ENOENT' || code === 'ENODEV') return
    console.error('the kernel refused an answer', error)
    writeError(fd, uniqueOf(operations.request), EIO)
  }
}

/** Answer any request with an error; nothing happens where it has its answer already. */
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
