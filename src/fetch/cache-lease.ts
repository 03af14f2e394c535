/**
 * What is elsewhere, lent to one operation: the engine's, where there is one, else its own. The
 * cache is written by one process at a time: an operation that pauses, its reader looking at a
 * page, gives it to whoever waits for it, and asks again when it goes on.
 */
import type { UpstreamContent } from './upstream-content.js'

/** How often it is looked whether somebody waits. */
const LOOK_MS = 250

export interface Lendable {
  readonly upstream: UpstreamContent
  /** Whether another process waits for what this one holds. */
  readonly isWanted: () => boolean
}

export class CacheLease {
  readonly #open: () => Promise<Lendable>
  #opened: Promise<Lendable> | undefined
  #uses = 0
  #timer: NodeJS.Timeout | undefined

  constructor(open: () => Promise<Lendable>) {
    this.#open = open
  }

  /** Runs work with it. @throws what opening it and the work throw. */
  async use<T>(work: (upstream: UpstreamContent) => Promise<T>): Promise<T> {
    this.#uses++
    try {
      const { upstream } = await (this.#opened ??= this.#open())
      return await work(upstream)
    } finally {
      this.#uses--
      this.#timer ??= setInterval(() => void this.#look(), LOOK_MS).unref()
    }
  }

  /** Never throws: what fails to open is told to whoever uses it. */
  async #look(): Promise<void> {
    const opened = this.#opened
    try {
      const lendable = await opened
      if (lendable?.isWanted() !== true || this.#uses > 0 || this.#opened !== opened) return
      this.#opened = undefined
      await lendable.upstream.close()
    } catch (error) {
      if (this.#opened === opened) this.#opened = undefined
      else console.error('the cache cannot be given back', error)
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    const opened = this.#opened
    this.#opened = undefined
    await (await opened)?.upstream.close()
  }
}
