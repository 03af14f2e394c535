/**
 * Messages of work that goes on while they are sent. Work takes no next step while many of them wait for a slow client,
 * so that they never fill the memory.
 */

/** Messages that wait before the work does. */
const MOST = 1000

export class Outbox<T> {
  #waiting: T[] = []
  #wake: () => void = () => undefined
  #drained: () => void = () => undefined
  #isDone = false
  /** Whether nobody takes messages any more. */
  #isClosed = false

  push(message: T): void {
    if (!this.#isClosed) this.#waiting.push(message)
    this.#wake()
  }

  /** Yields the steps of the work, each once there is room for what it may say. */
  async *paced<S>(steps: AsyncIterable<S>): AsyncGenerator<S, void, undefined> {
    for await (const step of steps) {
      if (this.#waiting.length > MOST) await new Promise<void>((done) => (this.#drained = done))
      yield step
    }
  }

  /** Yields messages until the work is done. @throws what it throws. */
  async *until(work: Promise<unknown>): AsyncGenerator<T, void, undefined> {
    const end = (): void => {
      this.#isDone = true
      this.#wake()
    }
    work.then(end, end)
    try {
      while (!this.#isDone || this.#waiting.length > 0) {
        if (this.#waiting.length === 0) await new Promise<void>((wake) => (this.#wake = wake))
        const batch = this.#waiting
        this.#waiting = []
        this.#drained()
        yield* batch
      }
    } finally {
      // Work that waits for room goes on: it notices itself that it is not wanted any more.
      this.#isClosed = true
      this.#waiting = []
      this.#drained()
    }
    await work
  }
}
