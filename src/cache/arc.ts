/**
 * Adaptive replacement: what was used once (T1) and what was used again (T2) share the room, and
 * how they share it follows from which of the recently let go (B1, B2) are asked for once more.
 * Weighed in bytes. Source: Megiddo and Modha, "ARC: A Self-Tuning, Low Overhead Replacement
 * Cache", FAST 2003.
 */

/** A list in the order of use: the first is the one longest unused. */
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

  /** Take away the one longest unused. */
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

export class Arc<K> {
  readonly #capacity: number
  readonly #evicted: (key: K) => void
  readonly #recent = new UseList<K>()
  readonly #frequent = new UseList<K>()
  readonly #recentGhosts = new UseList<K>()
  readonly #frequentGhosts = new UseList<K>()
  /** Bytes that the recent ones may have. */
  #target = 0

  /** @param evicted told of every key whose room is wanted. */
  constructor(capacity: number, evicted: (key: K) => void) {
    this.#capacity = capacity
    this.#evicted = evicted
  }

  /** Bytes of what is held. */
  get weight(): number {
    return this.#recent.weight + this.#frequent.weight
  }

  get count(): number {
    return this.#recent.count + this.#frequent.count
  }

  get capacity(): number {
    return this.#capacity
  }

  /** What the share of the recent ones is now, for people. */
  get target(): number {
    return this.#target
  }

  has(key: K): boolean {
    return this.#recent.has(key) || this.#frequent.has(key)
  }

  /**
   * A key is asked for: from now on it is held, at its weight.
   * @returns whether it was already. One heavier than everything is never held.
   */
  request(key: K, weight: number): boolean {
    if (this.#recent.delete(key) || this.#frequent.delete(key)) {
      this.#frequent.add(key, weight)
      return true
    }
    if (weight > this.#capacity) return false
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

  /** Let go until there is room. @param frequentAsked whether a frequent ghost is the reason. */
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
      this.#evicted(oldest.key)
    }
  }

  /** The recent and their ghosts stay below one capacity, all four lists below two. */
  #forgetGhosts(weight: number): void {
    const { weight: frequent } = this.#frequent
    while (this.#recent.weight + this.#recentGhosts.weight + weight > this.#capacity) {
      if (this.#recentGhosts.takeOldest() !== undefined) continue
      // Nothing but recent ones: the oldest goes without leaving a ghost.
      const oldest = this.#recent.takeOldest()
      if (oldest === undefined) break
      this.#evicted(oldest.key)
    }
    const others = (): number => this.#recent.weight + frequent + this.#recentGhosts.weight
    while (others() + this.#frequentGhosts.weight + weight > 2 * this.#capacity)
      if (this.#frequentGhosts.takeOldest() === undefined) break
  }

  /** A key is there no more: nothing is remembered of it. */
  forget(key: K): void {
    this.#recent.delete(key)
    this.#frequent.delete(key)
    this.#recentGhosts.delete(key)
    this.#frequentGhosts.delete(key)
  }

  /** What is held, the longest unused first. */
  *keys(): Generator<K, void, undefined> {
    yield* this.#recent.keys()
    yield* this.#frequent.keys()
  }
}
