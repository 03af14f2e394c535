/**
 * The loop of one serving thread: read a request from the descriptor, answer it, again.
 * It ends when the kernel says the mount is gone. Nothing here may ever touch the mount
 * itself: this thread would wait for its own answer.
 */
import { readSync, writeSync } from 'node:fs'
import { systemCode } from '../../../core/errors.js'
import type { Operations } from './operations.js'

/** @param before runs ahead of every request, to take up what changed in the store. */
export function serve(fd: number, operations: Operations, before: () => void): void {
  const { request, reply } = operations
  for (;;) {
    const length = readRequest(fd, request)
    if (length === undefined) return
    if (length === 0) continue
    const answer = operations.handle(length, before)
    if (answer > 0 && !writeReply(fd, reply.bytes, answer))
      writeReply(fd, reply.bytes, operations.refuse())
    operations.answered()
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

/** @returns whether the kernel took the answer, or no longer wants one. */
function writeReply(fd: number, bytes: Buffer, length: number): boolean {
  try {
    writeSync(fd, bytes, 0, length)
    return true
  } catch (error) {
    // ENOENT: the request was interrupted meanwhile; ENODEV: the mount went away.
    const code = systemCode(error)
    return code === 'ENOENT' || code === 'ENODEV'
  }
}
