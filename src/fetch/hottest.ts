/** Keeps those of many that were read most often, in memory for twice as many as are wanted. */
export class Hottest<T extends { readonly reads: number }> {
  readonly #limit: number
  #kept: T[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  add(one: T): void {
    this.#kept.push(one)
    if (this.#kept.length > 2 * this.#limit + 1) this.#kept = this.list()
  }

  /** Returns them, the hottest first. */
  list(): T[] {
    return [...this.#kept].sort((a, b) => b.reads - a.reads).slice(0, this.#limit)
  }
}
