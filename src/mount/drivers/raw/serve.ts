/**
 * The loop of one serving thread: it reads requests from the descriptor and answers them until the
 * mount is gone. Nothing here may access the mount itself, because the thread would wait for its
 * own answer.
 */
import { readSync } from 'node:fs'
import { systemCode } from '../../../core/errors.js'
import type { Answerer } from './answerer.js'

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

/** Reads the next request. @returns its length, 0 to try again, undefined if the mount is gone. */
export function readRequest(fd: number, into: Buffer): number | undefined {
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
