/** A set of small numbers, a bit each. */
export class BitSet {
  readonly #words: Uint32Array

  /** @param count numbers from 0 on. */
  constructor(count: number) {
    this.#words = new Uint32Array((count >>> 5) + 1)
  }

  has(i: number): boolean {
    return ((this.#words[i >>> 5]! >>> (i & 31)) & 1) !== 0
  }

  /** Sets a bit. @returns whether it was clear before. */
  set(i: number): boolean {
    if (this.has(i)) return false
    this.#words[i >>> 5]! |= 1 << (i & 31)
    return true
  }
}
