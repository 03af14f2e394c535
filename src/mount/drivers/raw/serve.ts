/**
 * The loop of one serving thread: read a request from the descriptor, answer it, again.
 * It ends when the kernel says the mount is gone. Nothing here may ever touch the mount
 * itself: this thread would wait for its own answer.
 */
import { readSync, writeSync } from 'node:fs'
import { systemCode } from '../../../core/errors.js'
import type { Operations } from '../../operations.js'

/** @param before runs ahead of every request, to take up what changed in the store. */
export function serve(fd: number, operations: Operations, before: () => void): void {
  const { request, reply } = operations
  for (;;) {
    const length = readRequest(fd, request)
    if (length === undefined) return
    if (length === 0) continue
    before()
    const answer = operations.handle(length)
    if (answer > 0) writeReply(fd, reply.bytes, answer)
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

function writeReply(fd: number, bytes: Buffer, length: number): void {
  try {
    writeSync(fd, bytes, 0, length)
  } catch (error) {
    // ENOENT: the request was interrupted meanwhile; ENODEV: the mount went away.
    const code = systemCode(error)
    if (code !== 'ENOENT' && code !== 'ENODEV') throw error
  }
}
