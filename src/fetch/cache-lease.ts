/**
 * Lends backends and cache to one operation: the engine's where one runs, else its own. One process
 * writes the cache at a time, so an operation that pauses, as when its reader looks at a page,
 * closes the cache for a process that waits for it, and opens it again when it goes on.
 */
import type { UpstreamContent } from './upstream-content.js'

/** How often the lease looks whether another process waits. */
const POLL_MS = 250

export interface Lendable {
  readonly upstream: UpstreamContent
  /** Returns whether another process waits for what this one holds. */
  readonly isWanted: () => boolean
}

export class CacheLease {
  readonly #open: () => Promise<Lendable>
  readonly #onCloseError: (error: unknown) => void
  #opened: Promise<Lendable> | undefined
  #uses = 0
  #timer: NodeJS.Timeout | undefined

  /** @param onCloseError receives the error when the cache cannot be given back. */
  constructor(open: () => Promise<Lendable>, onCloseError: (error: unknown) => void) {
    this.#open = open
    this.#onCloseError = onCloseError
  }

  /** Opens the upstream if needed and runs `work` with it. @throws what `open` and `work` throw. */
  async use<T>(work: (upstream: UpstreamContent) => Promise<T>): Promise<T> {
    this.#uses++
    try {
      const { upstream } = await (this.#opened ??= this.#opening())
      return await work(upstream)
    } finally {
      this.#uses--
      this.#timer ??= setInterval(() => void this.#closeIfWanted(), POLL_MS).unref()
    }
  }

  /** Opens the upstream; after a failure the next use tries again. */
  #opening(): Promise<Lendable> {
    const opening = this.#open()
    opening.catch(() => {
      if (this.#opened === opening) this.#opened = undefined
    })
    return opening
  }

  /**
   * Closes an unused upstream that another process waits for. Never throws: an error of opening
   * reaches whoever calls `use`.
   */
  async #closeIfWanted(): Promise<void> {
    const opened = this.#opened
    try {
      const lendable = await opened
      if (lendable?.isWanted() !== true || this.#uses > 0 || this.#opened !== opened) return
      this.#opened = undefined
      await lendable.upstream.close()
    } catch (error) {
      if (this.#opened === opened) this.#opened = undefined
      else this.#onCloseError(error)
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    const opened = this.#opened
    this.#opened = undefined
    // Whoever used it was told that it cannot be opened.
    const lendable = await opened?.catch(() => undefined)
    await lendable?.upstream.close()
  }
}
