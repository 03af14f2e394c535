/**
 * The owner of the home, kept for a while between uses: opening it reads what its logs hold. Others get
 * their turn, as the work that uses it may take hours.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Owner } from './owner.js'

/** For how long it is kept while nobody uses it. */
const IDLE_MS = 250
/** For how long it is kept in use before others get their turn, at least and at most. */
const MIN_KEEP_MS = 1000
const MAX_KEEP_MS = 10_000
/** It is kept for so many times as long as it took to open. */
const KEEP_FACTOR = 20
/** The turn of others, who look again and again whether the home is free. */
const TURN_MS = 60

export class KeptOwner {
  readonly #open: () => Promise<Owner>
  #owner: Owner | undefined
  #keepUntil = 0
  #timer: NodeJS.Timeout | undefined

  constructor(open: () => Promise<Owner>) {
    this.#open = open
  }

  /** Uses the owner; one use at a time. One whose use failed is opened anew for the next. */
  async use<T>(work: (owner: Owner) => Promise<T>): Promise<T> {
    clearTimeout(this.#timer)
    try {
      return await work(await this.#opened())
    } catch (error) {
      this.close()
      throw error
    } finally {
      this.#timer = setTimeout(() => this.close(), IDLE_MS)
    }
  }

  async #opened(): Promise<Owner> {
    if (this.#owner !== undefined && performance.now() > this.#keepUntil) {
      this.close()
      await delay(TURN_MS)
    }
    if (this.#owner === undefined) {
      const began = performance.now()
      this.#owner = await this.#open()
      const ms = KEEP_FACTOR * (performance.now() - began)
      this.#keepUntil = performance.now() + Math.min(MAX_KEEP_MS, Math.max(MIN_KEEP_MS, ms))
    }
    return this.#owner
  }

  /** Lets go of the home. It may be used again. */
  close(): void {
    clearTimeout(this.#timer)
    this.#owner?.close()
    this.#owner = undefined
  }
}
