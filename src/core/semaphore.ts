/** A counting semaphore of weighted work, whose waiters go in order of arrival. */
import { onAbort } from './abort.js'

interface Waiter {
  readonly amount: number
  readonly go: () => void
  hasLeft: boolean
}

export class Semaphore {
  readonly #capacity: number
  #free: number
  /** The waiters, from index `#first` on; those that left are skipped, since removing one costs all. */
  #waiters: Waiter[] = []
  #first = 0
  /** Number of waiters that have not left. */
  #queued = 0

  constructor(capacity: number) {
    this.#capacity = capacity
    this.#free = capacity
  }

  /** Amount held now. */
  get used(): number {
    return this.#capacity - this.#free
  }

  /** Number of waiters. */
  get queued(): number {
    return this.#queued
  }

  /**
   * Runs `work` while holding `amount`, which is capped at the capacity.
   * @throws the signal's reason if it aborts the wait.
   */
  async run<T>(amount: number, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const taken = Math.min(amount, this.#capacity)
    await this.#take(taken, signal)
    try {
      return await work()
    } finally {
      this.#give(taken)
    }
  }

  /** Takes an amount, behind all earlier waiters, so that large amounts are not starved. */
  #take(amount: number, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
    if (this.#queued === 0 && amount <= this.#free) {
      this.#free -= amount
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      const release =
        signal === undefined
          ? (): void => undefined
          : onAbort(signal, () => {
              this.#leave(waiter)
              reject(signal.reason as Error)
            })
      const waiter: Waiter = {
        amount,
        go: () => {
          release()
          resolve()
        },
        hasLeft: false
      }
      this.#waiters.push(waiter)
      this.#queued++
    })
  }

  #leave(waiter: Waiter): void {
    waiter.hasLeft = true
    this.#queued--
    this.#next()
  }

  #give(amount: number): void {
    this.#free += amount
    this.#next()
  }

  #next(): void {
    for (; this.#first < this.#waiters.length; this.#first++) {
      const { hasLeft, amount, go } = this.#waiters[this.#first]!
      if (hasLeft) continue
      if (amount > this.#free) break
      this.#free -= amount
      this.#queued--
      go()
    }
    this.#compact()
  }

  /** Forgets those that went or left, once they are most of the list. */
  #compact(): void {
    if (this.#waiters.length < 2 * this.#queued + 16) return
    this.#waiters = this.#waiters.slice(this.#first).filter(({ hasLeft }) => !hasLeft)
    this.#first = 0
  }
}
