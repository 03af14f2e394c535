/** Keeps those of many items that come first, in bounded memory. */
interface Item<T> {
  readonly key: number
  readonly item: T
}

export class Least<T> {
  readonly #limit: number
  /** At most twice as many as are wanted, and some more. */
  #items: Item<T>[] = []

  /** @param limit most items to keep; Infinity keeps all. */
  constructor(limit: number) {
    this.#limit = limit
  }

  add(key: number, item: T): void {
    this.#items.push({ key, item })
    if (this.#items.length >= 2 * this.#limit + 16) this.#cut()
  }

  /** Returns the items with the least keys, these first; among equals, those that came first. */
  get items(): T[] {
    this.#cut()
    return this.#items.map(({ item }) => item)
  }

  #cut(): void {
    this.#items.sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)))
    this.#items.length = Math.min(this.#items.length, this.#limit)
  }
}
