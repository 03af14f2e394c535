/** Runs pieces of work side by side, a bounded number at a time; the next one waits for room. */
export class WorkWindow {
  readonly #limit: number
  #running = 0
  #failure: { readonly error: unknown } | undefined
  #wake: (() => void) | undefined

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Starts a piece of work once there is room. @throws the error of the first piece that failed. */
  async add(work: () => Promise<void>): Promise<void> {
    while (this.#running >= this.#limit) await this.#change()
    this.#running++
    work().then(
      () => this.#over(),
      (error: unknown) => {
        this.#failure ??= { error }
        this.#over()
      }
    )
  }

  /** Waits for all work. @throws the error of the first piece that failed, as soon as it has. */
  async end(): Promise<void> {
    this.#check()
    while (this.#running > 0) await this.#change()
  }

  async #change(): Promise<void> {
    await new Promise<void>((resolve) => (this.#wake = resolve))
    this.#check()
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }

  #over(): void {
    this.#running--
    this.#wake?.()
  }
}
