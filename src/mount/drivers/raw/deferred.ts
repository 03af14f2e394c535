/**
 * Requests that cannot be answered at once: what they need is prepared elsewhere, and the
 * answer is written by this thread, which reads none. Meanwhile the reader may be interrupted
 * (EINTR), and never waits beyond the deadline (ETIMEDOUT); the preparation goes on, so that
 * asking again succeeds.
 */
import { toKitError } from '../../../core/errors.js'
import type { NotReady } from '../../../core/not-ready.js'
import { EINTR, ERRNO, ETIMEDOUT } from '../../errno.js'
import { uniqueOf, type Operations } from './operations.js'
import { writeAnswer, writeError } from './serve.js'

export interface DeferredOptions {
  readonly deadlineMs: number
  /** Resolves when what was missing is there. */
  readonly prepare: (need: NotReady) => Promise<void>
  /** As of the serving threads. */
  readonly before: () => void
}

interface Waiting {
  readonly request: Uint8Array
  readonly timer: NodeJS.Timeout
}

export class Deferred {
  readonly #fd: number
  readonly #operations: Operations
  readonly #options: DeferredOptions
  readonly #waiting = new Map<number, Waiting>()

  constructor(fd: number, operations: Operations, options: DeferredOptions) {
    this.#fd = fd
    this.#operations = operations
    this.#options = options
  }

  /** Take over a request, to be answered when what it needs is there. */
  take(request: Uint8Array, need: NotReady): void {
    const unique = uniqueOf(request)
    const { deadlineMs } = this.#options
    if (!this.#waiting.has(unique)) {
      const timer = setTimeout(() => this.fail(unique, ETIMEDOUT), deadlineMs)
      this.#waiting.set(unique, { request, timer })
    }
    this.#options.prepare(need).then(
      () => this.#answer(unique),
      (error: unknown) => this.fail(unique, ERRNO[toKitError(error).code])
    )
  }

  /** The reader does not want to wait. @returns whether its request waited here. */
  interrupt(unique: number): boolean {
    if (!this.#waiting.has(unique)) return false
    this.fail(unique, EINTR)
    return true
  }

  #answer(unique: number): void {
    const waiting = this.#waiting.get(unique)
    if (waiting === undefined) return
    const operations = this.#operations
    operations.request.set(waiting.request)
    const length = operations.handle(waiting.request.length, this.#options.before)
    // It needs more, and `take` was called again.
    if (length === 0) return
    this.#settle(unique)
    writeAnswer(this.#fd, operations, length)
  }

  /** Answer with an error what waits here, or what a serving thread is stuck in. */
  fail(unique: number, errno: number): void {
    this.#settle(unique)
    writeError(this.#fd, unique, errno)
  }

  #settle(unique: number): void {
    clearTimeout(this.#waiting.get(unique)?.timer)
    this.#waiting.delete(unique)
  }

  /** The mount is gone: nobody waits any more. */
  stop(): void {
    for (const unique of this.#waiting.keys()) this.#settle(unique)
  }
}
