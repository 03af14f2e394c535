/** A least-recently-used cache bounded by the bytes its values weigh. */
import { LRUCache } from 'lru-cache'

export class ByteCache<V extends { readonly weight: number }> {
  readonly #entries: LRUCache<string, V>

  /** @param budget most bytes held, keys not counted. */
  constructor(budget: number) {
    this.#entries = new LRUCache({
      maxSize: budget,
      maxEntrySize: budget,
      sizeCalculation: (value) => Math.max(1, value.weight)
    })
  }

  /** The value of a key, made and kept when it is not there. A value over budget is not kept. */
  get(key: string, make: () => V): V {
    const known = this.#entries.get(key)
    if (known !== undefined) return known
    const made = make()
    this.#entries.set(key, made)
    return made
  }

  /** The value of a key, where it is kept. */
  peek(key: string): V | undefined {
    return this.#entries.get(key)
  }
}
