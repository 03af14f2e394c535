/**
 * Changes that wait for a commit: where each commit is a journey of its own, those that come while
 * one is under way travel together with the next.
 */
import { abortController, onAbort } from '../src/core/abort.js'
import { ERROR_CODES, isKitError, KitError } from '../src/core/errors.js'
import { extendTime } from './call-time.js'

/** Changes of one commit. */
const MAX_CHANGES = 256

interface Waiting<C> {
  readonly change: C
  readonly signal: AbortSignal
  readonly done: () => void
  readonly failed: (error: Error) => void
}

/**
 * Commits changes in their order, all of them or none.
 * @param progress is told while the commit moves on.
 */
export type Commit<C> = (
  changes: readonly C[],
  signal: AbortSignal,
  progress: () => void
) => Promise<void>

export class CommitQueue<C> {
  readonly #commit: Commit<C>
  #waiting: Waiting<C>[] = []
  #isRunning = false

  constructor(commit: Commit<C>) {
    this.#commit = commit
  }

  /**
   * Resolves when the change is committed. One that is aborted while it waits is never committed;
   * under way it may be.
   * @throws what the commit throws, or the signal's reason.
   */
  add(change: C, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error)
      const release = onAbort(signal, () => {
        this.#waiting = this.#waiting.filter((one) => one !== waiting)
        reject(signal.reason as Error)
      })
      const waiting: Waiting<C> = {
        change,
        signal,
        done: () => {
          release()
          resolve()
        },
        failed: (error) => {
          release()
          reject(error)
        }
      }
      this.#waiting.push(waiting)
      if (!this.#isRunning) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    while (this.#waiting.length > 0) await this.#commitAll(this.#waiting.splice(0, MAX_CHANGES))
    this.#isRunning = false
  }

  async #commitAll(batch: readonly Waiting<C>[]): Promise<void> {
    try {
      await this.#commitSome(batch)
      for (const { done } of batch) done()
    } catch (error) {
      // One change that is refused must not take the others with it.
      const isOfOne = isKitError(error) && !ERROR_CODES[error.code].recoverable
      if (batch.length > 1 && isOfOne) for (const one of batch) await this.#commitAll([one])
      else for (const { failed } of batch) failed(error as Error)
    }
  }

  /** Ends the commit when nobody waits for it any more. */
  async #commitSome(batch: readonly Waiting<C>[]): Promise<void> {
    const end = abortController()
    let left = batch.length
    const leave = (): void => {
      if (--left === 0) end.abort(new KitError('ABORTED', 'nobody waits for the commit'))
    }
    const releases = batch.map(({ signal }) => {
      if (signal.aborted) leave()
      return onAbort(signal, leave)
    })
    const progress = (): void => {
      for (const { signal } of [...batch, ...this.#waiting]) extendTime(signal)
    }
    try {
      if (end.signal.aborted) throw end.signal.reason
      await this.#commit(batch.map(({ change }) => change), end.signal, progress) // prettier-ignore
      progress()
    } finally {
      for (const release of releases) release()
    }
  }
}
