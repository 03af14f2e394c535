/** A least-recently-used cache, bounded by the weights of its values. */
import { LRUCache } from 'lru-cache'

export class ByteCache<V extends { readonly weight: number }> {
  readonly #entries: LRUCache<string, V>

  /** @param budget maximum bytes of all values, keys not counted. */
  constructor(budget: number) {
    this.#entries = new LRUCache({
      maxSize: budget,
      maxEntrySize: budget,
      sizeCalculation: (value) => Math.max(1, value.weight)
    })
  }

  /** Returns the value of a key, made if it is missing. A value over budget is not kept. */
  get(key: string, make: () => V): V {
    const known = this.#entries.get(key)
    if (known !== undefined) return known
    const made = make()
    this.#entries.set(key, made)
    return made
  }

  /** Returns the value of a key; undefined if it is missing. */
  peek(key: string): V | undefined {
    return this.#entries.get(key)
  }
}
