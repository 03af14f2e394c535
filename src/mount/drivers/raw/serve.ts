/**
 * The loop of one serving thread: it reads requests from the descriptor and answers them until the
 * mount is gone. Nothing here may access the mount itself, because the thread would wait for its
 * own answer.
 */
import { readSync } from 'node:fs'
import { constants } from 'node:os'
import { directRead, NOT_MADE } from '../../../core/direct-calls.js'
import { KitError, systemCode } from '../../../core/errors.js'
import type { Answerer } from './answerer.js'

const { errno } = constants

export interface ServeParts {
  /** Whether it shall end although the mount is not gone; asked when its read was interrupted. */
  readonly isDismissed: () => boolean
  /** Called after each request. */
  readonly onServed: (() => void) | undefined
}

/** Serves until the mount is gone, or the thread is dismissed. */
export function serve(fd: number, answerer: Answerer, parts: ServeParts): void {
  for (;;) {
    const length = readRequest(fd, answerer.operations.request)
    if (length === undefined) return
    if (length === 0) {
      if (parts.isDismissed()) return
      continue
    }
    answerer.answer(length)
    parts.onServed?.()
  }
}

// ENOENT: the request was interrupted before it was read.
const AGAIN: ReadonlySet<number> = new Set([errno.EINTR, errno.EAGAIN, errno.ENOENT])
const GONE: ReadonlySet<number> = new Set([errno.ENODEV, errno.ECONNABORTED])

/** Reads the next request. @returns its length, 0 to try again, undefined if the mount is gone. */
export function readRequest(fd: number, into: Buffer): number | undefined {
  const read = directRead(fd, into)
  const length = read === NOT_MADE ? readByNode(fd, into) : read
  if (length >= 0) return length
  if (AGAIN.has(-length)) return 0
  if (GONE.has(-length)) return undefined
  throw new KitError('IO', `requests of the mount cannot be read (errno ${-length})`)
}

/** @returns bytes, or the errno negated. */
function readByNode(fd: number, into: Buffer): number {
  try {
    return readSync(fd, into, 0, into.length, null)
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return (error as NodeJS.ErrnoException).errno!
  }
}
