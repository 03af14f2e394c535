/** A counting semaphore of weighted work, whose waiters go in order of arrival. */
export class Semaphore {
  readonly #capacity: number
  #free: number
  readonly #waiting: { readonly amount: number; readonly go: () => void }[] = []

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
    return this.#waiting.length
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
    if (this.#waiting.length === 0 && amount <= this.#free) {
      this.#free -= amount
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        const at = this.#waiting.indexOf(turn)
        if (at >= 0) this.#waiting.splice(at, 1)
        reject(signal!.reason as Error)
        this.#next()
      }
      const turn = {
        amount,
        go: () => {
          signal?.removeEventListener('abort', leave)
          resolve()
        }
      }
      signal?.addEventListener('abort', leave, { once: true })
      this.#waiting.push(turn)
    })
  }

  #give(amount: number): void {
    this.#free += amount
    this.#next()
  }

  #next(): void {
    for (
      let first = this.#waiting[0];
      first !== undefined && first.amount <= this.#free;
      first = this.#waiting[0]
    ) {
      // prettier-ignore
      this.#waiting.shift()
      this.#free -= first.amount
      first.go()
    }
  }
}
