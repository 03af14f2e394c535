/**
 * Requests that cannot be answered at once. Other threads prepare what they need, and this thread,
 * which reads no requests, writes the answer. Meanwhile a reader can be interrupted (EINTR), and
 * the deadline ends its wait (ETIMEDOUT).
 */
import { abortController } from '../../../core/abort.js'
import { KitError, toKitError } from '../../../core/errors.js'
import type { NotReady } from '../../../core/not-ready.js'
import { EINTR, ERRNO } from '../../errno.js'
import type { Failures } from '../../failures.js'
import type { Operations } from './operations.js'
import { uniqueOf } from './protocol.js'
import type { RequestCounts } from './request-counts.js'
import type { ReplyWriter } from './reply-writer.js'

export interface DeferredOptions {
  readonly deadlineMs: number
  /**
   * Prepares what is missing. The signal aborts it once the request is answered otherwise, but for its
   * deadline: then it goes on, so that asking again succeeds.
   */
  readonly prepare: (need: NotReady, signal: AbortSignal) => Promise<KitError | undefined>
  /** Describes who is asked for what is missing, for the log. */
  readonly asked: () => string
  /** Applies changes of the store, as on the serving threads. */
  readonly refresh: () => void
  readonly counts: RequestCounts
  readonly failures: Failures
}

/** Maximum number of preparations for one request, such as a root, a shard and bytes. */
const MAX_PREPARATIONS = 64
/** Maximum number of preparations that go on after the deadline of their requests. */
const MAX_UNAWAITED = 256

/** A request that waits for its preparation. */
interface Waiting {
  readonly request: Uint8Array
  readonly timer: NodeJS.Timeout
  readonly since: number
  /** Aborts the preparation once the request is answered. */
  readonly controller: AbortController
  preparations: number
  /** What was asked for last, in words. */
  need: string
  /** What the backends said of content that none of them has. */
  absent: KitError | undefined
}

/** The deferred requests of one mount. */
export class Deferred {
  readonly #replies: ReplyWriter
  readonly #operations: Operations
  readonly #options: DeferredOptions
  readonly #waiting = new Map<number, Waiting>()
  /** Of the preparations that go on after the deadline, the oldest first. */
  readonly #unawaited = new Set<AbortController>()
  /** Number of requests so far. */
  taken = 0
  #stopped = false

  constructor(replies: ReplyWriter, operations: Operations, options: DeferredOptions) {
    this.#replies = replies
    this.#operations = operations
    this.#options = options
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** Takes over a request. It is tried at once, because this thread may know what others do not. */
  take(request: Uint8Array): void {
    if (this.#stopped) return
    this.taken++
    const unique = uniqueOf(request)
    const timer = setTimeout(() => this.#expire(unique), this.#options.deadlineMs)
    const since = performance.now()
    const controller = abortController()
    this.#waiting.set(unique, { request, timer, since, controller, preparations: 0, need: '', absent: undefined }) // prettier-ignore
    this.#answer(unique)
  }

  #answer(unique: number): void {
    const waiting = this.#waiting.get(unique)
    if (waiting === undefined) return
    const operations = this.#operations
    operations.request.set(waiting.request)
    const length = operations.handle(waiting.request.length, this.#options.refresh, waiting.absent) // prettier-ignore
    // Length 0 means that something must be prepared, for which `need` was called.
    if (length === 0) return
    this.#settle(unique)
    this.#replies.write(operations, length)
    operations.answered()
  }

  /** Has something prepared for a deferred request, and tries the request again then. */
  need(request: Uint8Array, need: NotReady): void {
    const unique = uniqueOf(request)
    const waiting = this.#waiting.get(unique)
    if (waiting === undefined) return
    waiting.need = need.what
    // Work that takes turns comes to an end by itself.
    if (need.want.type !== 'turn' && ++waiting.preparations > MAX_PREPARATIONS) {
      const message = `${need.message}: it was, again and again, and is not ready`
      this.#failWith(unique, new KitError('IO', message))
      return
    }
    const { controller } = waiting
    this.#options.prepare(need, controller.signal).then(
      (absent) => {
        this.#unawaited.delete(controller)
        waiting.absent = absent ?? waiting.absent
        this.#answer(unique)
      },
      (error: unknown) => {
        this.#unawaited.delete(controller)
        this.#failWith(unique, error)
      }
    )
  }

  /** Answers a request with the errno of an error, and tells the log. */
  #failWith(unique: number, error: unknown): void {
    const waiting = this.#waiting.get(unique)
    if (waiting === undefined) return
    this.#options.failures.note(error, () => this.#operations.textOf(waiting.request))
    this.fail(unique, ERRNO[toKitError(error).code])
  }

  #expire(unique: number): void {
    const { deadlineMs, asked } = this.#options
    const waiting = this.#waiting.get(unique)
    if (waiting === undefined) return
    const { need, controller } = waiting
    this.#letGoOn(controller)
    const message = `${need} did not come within ${deadlineMs / 1000} s (${asked()})`
    this.#failWith(unique, new KitError('TIMEOUT', message))
  }

  /** Has a preparation go on that nobody waits for, in place of the oldest one where there are many. */
  #letGoOn(controller: AbortController): void {
    this.#unawaited.add(controller)
    if (this.#unawaited.size <= MAX_UNAWAITED) return
    const [oldest] = this.#unawaited
    this.#unawaited.delete(oldest!)
    oldest!.abort(nobodyWaits())
  }

  /** Answers an interrupted request with EINTR. @returns whether it waited here. */
  interrupt(unique: number): boolean {
    if (!this.#waiting.has(unique)) return false
    this.fail(unique, EINTR)
    return true
  }

  /** Answers a request with an error, if it waits here. */
  fail(unique: number, errno: number): void {
    if (!this.#waiting.has(unique)) return
    this.#settle(unique)
    this.#replies.fail(unique, errno)
  }

  #settle(unique: number): void {
    const waiting = this.#waiting.get(unique)
    this.#waiting.delete(unique)
    if (waiting === undefined) return
    clearTimeout(waiting.timer)
    this.#options.counts.answered(performance.now() - waiting.since)
    if (!this.#unawaited.has(waiting.controller)) waiting.controller.abort(nobodyWaits())
  }

  /** Drops all requests of a mount that is gone; its descriptor must not be written any more. */
  stop(): void {
    this.#stopped = true
    for (const unique of this.#waiting.keys()) this.#settle(unique)
    for (const controller of this.#unawaited) controller.abort(nobodyWaits())
    this.#unawaited.clear()
  }
}

const nobodyWaits = (): KitError => new KitError('ABORTED', 'nobody waits for it')
