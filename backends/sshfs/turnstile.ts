/** Hands values that arrive at any time to one who takes them in turn. */
export class Turnstile<T> {
  readonly #values: T[] = []
  #failure: Error | undefined
  #wake: (() => void) | undefined

  give(value: T): void {
    this.#values.push(value)
    this.#wake?.()
  }

  /** Ends the waiting, now and later. */
  fail(reason: Error): void {
    this.#failure ??= reason
    this.#wake?.()
  }

  async next(): Promise<T> {
    while (this.#values.length === 0) {
      if (this.#failure !== undefined) throw this.#failure
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    return this.#values.shift() as T
  }
}
