/**
 * Tells of what lies in a folder where a block or an archive should, and is skipped: what is no file,
 * or is larger than it can be. Each is told once.
 */

/** Takes a message. */
export type Warn = (message: string) => void

/** Places that are remembered as told. */
const MAX_TOLD = 1000

export class Skipped {
  readonly #name: string
  readonly #warn: Warn
  readonly #told = new Set<string>()

  /** @param name of the backend. */
  constructor(name: string, warn: Warn = () => undefined) {
    this.#name = name
    this.#warn = warn
  }

  /** @param reason why something is skipped, with its path. */
  tell(reason: string): void {
    if (this.#told.has(reason) || this.#told.size >= MAX_TOLD) return
    this.#told.add(reason)
    this.#warn(`backend ${this.#name}: ${reason}; it is skipped`)
  }
}
