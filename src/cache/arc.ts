/**
 * The adaptive replacement cache, weighed in bytes. Keys requested once (T1) and keys requested
 * again (T2) share the capacity. The ghost lists B1 and B2 remember recently evicted keys; a
 * request for one of them shifts the share of T1, p, towards the list that lost it. Source:
 * Megiddo and Modha, "ARC: A Self-Tuning, Low Overhead Replacement Cache", FAST 2003.
 */

/** A list of keys in order of use, least recently used first. */
class UseList<K> {
  readonly #weights = new Map<K, number>()
  weight = 0

  get count(): number {
    return this.#weights.size
  }

  has(key: K): boolean {
    return this.#weights.has(key)
  }

  add(key: K, weight: number): void {
    this.#weights.set(key, weight)
    this.weight += weight
  }

  delete(key: K): boolean {
    const weight = this.#weights.get(key)
    if (weight === undefined) return false
    this.weight -= weight
    return this.#weights.delete(key)
  }

  /** Removes and returns the least recently used key. */
  takeOldest(): { key: K; weight: number } | undefined {
    for (const [key, weight] of this.#weights) {
      this.delete(key)
      return { key, weight }
    }
    return undefined
  }

  keys(): IterableIterator<K> {
    return this.#weights.keys()
  }
}

/** The replacement policy of one tier. It holds keys and weights, not the values. */
export class Arc<K> {
  readonly #capacity: number
  readonly #onEvict: (key: K) => void
  readonly #recent = new UseList<K>()
  readonly #frequent = new UseList<K>()
  readonly #recentGhosts = new UseList<K>()
  readonly #frequentGhosts = new UseList<K>()
  /** Bytes that T1 should have: p of the paper. */
  #target = 0

  /** @param onEvict is called with each key that is evicted. */
  constructor(capacity: number, onEvict: (key: K) => void) {
    this.#capacity = capacity
    this.#onEvict = onEvict
  }

  /** Bytes of the keys held. */
  get weight(): number {
    return this.#recent.weight + this.#frequent.weight
  }

  get count(): number {
    return this.#recent.count + this.#frequent.count
  }

  get capacity(): number {
    return this.#capacity
  }

  /** The current target size of T1 in bytes, for reports. */
  get target(): number {
    return this.#target
  }

  has(key: K): boolean {
    return this.#recent.has(key) || this.#frequent.has(key)
  }

  /**
   * Records a request for a key, and holds the key from now on unless it outweighs the capacity.
   * @returns whether the key was held already.
   */
  request(key: K, weight: number): boolean {
    if (this.#recent.delete(key) || this.#frequent.delete(key)) {
      this.#frequent.add(key, weight)
      return true
    }
    if (weight > this.#capacity) return false
    // A ghost hit means that its list was too small: its share grows by the weight of the key,
    // times the other ghosts' weight over its own, since few ghosts make a hit mean more.
    if (this.#recentGhosts.has(key)) {
      const share = Math.max(1, this.#frequentGhosts.weight / this.#recentGhosts.weight)
      this.#target = Math.min(this.#capacity, this.#target + share * weight)
      this.#recentGhosts.delete(key)
      this.#makeRoom(weight, false)
      this.#frequent.add(key, weight)
    } else if (this.#frequentGhosts.has(key)) {
      const share = Math.max(1, this.#recentGhosts.weight / this.#frequentGhosts.weight)
      this.#target = Math.max(0, this.#target - share * weight)
      this.#frequentGhosts.delete(key)
      this.#makeRoom(weight, true)
      this.#frequent.add(key, weight)
    } else {
      this.#forgetGhosts(weight)
      this.#makeRoom(weight, false)
      this.#recent.add(key, weight)
    }
    return false
  }

  /**
   * Evicts keys until `weight` bytes fit: from T1 while it exceeds its target, else from T2.
   * @param frequentAsked whether the request hit B2; then T1 also yields at exactly its target.
   */
  #makeRoom(weight: number, frequentAsked: boolean): void {
    while (this.weight + weight > this.#capacity) {
      const { weight: recent } = this.#recent
      const fromRecent =
        recent > 0 && (recent > this.#target || (frequentAsked && recent === this.#target))
      const list = fromRecent || this.#frequent.count === 0 ? this.#recent : this.#frequent
      const ghosts = list === this.#recent ? this.#recentGhosts : this.#frequentGhosts
      const oldest = list.takeOldest()
      if (oldest === undefined) return
      ghosts.add(oldest.key, oldest.weight)
      this.#onEvict(oldest.key)
    }
  }

  /** Drops ghosts so that T1 and B1 stay within one capacity, and all four lists within two. */
  #forgetGhosts(weight: number): void {
    const { weight: frequent } = this.#frequent
    while (this.#recent.weight + this.#recentGhosts.weight + weight > this.#capacity) {
      if (this.#recentGhosts.takeOldest() !== undefined) continue
      // T1 alone fills the capacity: its oldest key is evicted without leaving a ghost.
      const oldest = this.#recent.takeOldest()
      if (oldest === undefined) break
      this.#onEvict(oldest.key)
    }
    const others = (): number => this.#recent.weight + frequent + this.#recentGhosts.weight
    while (others() + this.#frequentGhosts.weight + weight > 2 * this.#capacity)
      if (this.#frequentGhosts.takeOldest() === undefined) break
  }

  /** Removes a key from all lists, ghosts included. */
  forget(key: K): void {
    this.#recent.delete(key)
    this.#frequent.delete(key)
    this.#recentGhosts.delete(key)
    this.#frequentGhosts.delete(key)
  }

  /** Yields the keys held, least recently used first, T1 before T2. */
  *keys(): Generator<K, void, undefined> {
    yield* this.#recent.keys()
    yield* this.#frequent.keys()
  }
}
