/**
 * Requests that cannot be answered at once: what they need is prepared elsewhere, and the
 * answer is written by this thread, which reads none. Meanwhile the reader may be interrupted
 * (EINTR), and never waits beyond the deadline (ETIMEDOUT); the preparation goes on, so that
 * asking again succeeds.
 */
import { abortController } from '../../../core/abort.js'
import { KitError, toKitError } from '../../../core/errors.js'
import type { NotReady } from '../../../core/not-ready.js'
import { EINTR, EIO, ERRNO, ETIMEDOUT } from '../../errno.js'
import type { Operations } from './operations.js'
import { uniqueOf } from './protocol.js'
import type { RequestCounts } from './request-counts.js'
import { writeAnswer, writeError } from './serve.js'

export interface DeferredOptions {
  readonly deadlineMs: number
  /** Resolves when what was missing is there; given up when the signal says so. */
  readonly prepare: (need: NotReady, signal: AbortSignal) => Promise<void>
  /** As of the serving threads. */
  readonly refresh: () => void
  readonly counts: RequestCounts
}

/** A request needs a few things in turn, a root, a shard, its bytes: more than this is a circle. */
const MAX_PREPARATIONS = 64

interface Waiting {
  readonly request: Uint8Array
  readonly timer: NodeJS.Timeout
  readonly since: number
  /** Nobody waits for it any more. */
  readonly over: AbortController
  preparations: number
}

export class Deferred {
  readonly #fd: number
  readonly #operations: Operations
  readonly #options: DeferredOptions
  readonly #waiting = new Map<number, Waiting>()
  #stopped = false

  constructor(fd: number, operations: Operations, options: DeferredOptions) {
    this.#fd = fd
    this.#operations = operations
    this.#options = options
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** Take over a request, to be answered when what it needs is there. */
  take(request: Uint8Array): void {
    if (this.#stopped) return
    const unique = uniqueOf(request)
    const timer = setTimeout(() => this.fail(unique, ETIMEDOUT), this.#options.deadlineMs)
    const since = performance.now()
    this.#waiting.set(unique, { request, timer, since, over: abortController(), preparations: 0 })
    // This thread may have what the others have not.
    this.#answer(unique)
  }

  #answer(unique: number): void {
    const waiting = this.#waiting.get(unique)
    if (waiting === undefined) return
    const operations = this.#operations
    operations.request.set(waiting.request)
    const length = operations.handle(waiting.request.length, this.#options.refresh)
    // It needs something prepared: `need` was called.
    if (length === 0) return
    this.#settle(unique)
    writeAnswer(this.#fd, operations, length)
    operations.answered()
  }

  /** Have prepared what a request of ours turned out to need. */
  need(request: Uint8Array, need: NotReady): void {
    const unique = uniqueOf(request)
    const waiting = this.#waiting.get(unique)
    if (waiting === undefined) return
    if (++waiting.preparations > MAX_PREPARATIONS) {
      console.error(`${need.message}: it was, again and again, and is not ready`)
      this.fail(unique, EIO)
      return
    }
    this.#options.prepare(need, waiting.over.signal).then(
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

  /** Answer with an error what waits here. */
  fail(unique: number, errno: number): void {
    if (!this.#waiting.has(unique)) return
    this.#settle(unique)
    writeError(this.#fd, unique, errno)
  }

  #settle(unique: number): void {
    const waiting = this.#waiting.get(unique)
    this.#waiting.delete(unique)
    if (waiting === undefined) return
    clearTimeout(waiting.timer)
    this.#options.counts.answered(performance.now() - waiting.since)
    waiting.over.abort(new KitError('ABORTED', 'nobody waits for it'))
  }

  /** The mount is gone: nobody waits any more, and the descriptor is another's soon. */
  stop(): void {
    this.#stopped = true
    for (const unique of this.#waiting.keys()) this.#settle(unique)
  }
}
