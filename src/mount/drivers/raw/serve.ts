/**
 * The loop of one serving thread: it reads requests from the descriptor and answers them until the
 * mount is gone. Nothing here may access the mount itself, because the thread would wait for its
 * own answer.
 */
import { readSync } from 'node:fs'
import { systemCode } from '../../../core/errors.js'
import type { Operations } from './operations.js'
import type { ReplyWriter } from './reply-writer.js'
import type { RequestCounts } from './request-counts.js'
import type { CurrentRequests } from './current-requests.js'

/** The parts of a serving thread, and the records that it keeps. */
export interface ServeParts {
  readonly replies: ReplyWriter
  readonly currentRequests: CurrentRequests
  readonly counts: RequestCounts
  /** Its index among the serving threads. */
  readonly place: number
  /** Whether it shall end although the mount is not gone; asked when its read was interrupted. */
  readonly isDismissed: () => boolean
  /** Called after each request. */
  readonly onServed: (() => void) | undefined
}

/** Serves until the mount is gone, or the thread is dismissed. @param refresh applies changes of the store to each request. */
export function serve(
  fd: number,
  operations: Operations,
  refresh: () => void,
  { replies, currentRequests, counts, place, isDismissed, onServed }: ServeParts
): void {
  const { request } = operations
  for (;;) {
    const length = readRequest(fd, request)
    if (length === undefined) return
    if (length === 0) {
      if (isDismissed()) return
      continue
    }
    if (operations.isWaitedFor)
      currentRequests.begin(place, request.readUInt32LE(8), request.readUInt32LE(12))
    counts.count(request.readUInt32LE(4))
    const since = performance.now()
    const answer = operations.handle(length, refresh)
    if (answer > 0) {
      replies.write(operations, answer)
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
