/** A set of 32-byte keys in flat memory: about 44 bytes per key and no objects. */
const KEY = 32
const SLAB = 1 << 15

export class KeySet {
  readonly #slabs: Uint8Array[] = []
  #slots = new Int32Array(1 << 10).fill(-1)
  #count = 0

  get size(): number {
    return this.#count
  }

  /** Adds a key. @returns whether it was new. */
  add(key: Uint8Array): boolean {
    const slot = this.#slotOf(key)
    if (this.#slots[slot]! >= 0) return false
    const i = this.#count++
    if (i % SLAB === 0) this.#slabs.push(new Uint8Array(SLAB * KEY))
    this.#slabs[(i / SLAB) | 0]!.set(key, (i % SLAB) * KEY)
    this.#slots[slot] = i
    if (this.#count * 2 > this.#slots.length) this.#grow()
    return true
  }

  has(key: Uint8Array): boolean {
    return this.#slots[this.#slotOf(key)]! >= 0
  }

  *[Symbol.iterator](): Generator<Uint8Array> {
    for (let i = 0; i < this.#count; i++) yield this.#key(i)
  }

  #key(i: number): Uint8Array {
    const at = (i % SLAB) * KEY
    return this.#slabs[(i / SLAB) | 0]!.subarray(at, at + KEY)
  }

  /** Returns the slot of a key, or the free slot where it belongs. Digests need no hashing. */
  #slotOf(key: Uint8Array): number {
    const mask = this.#slots.length - 1
    let slot = ((key[0]! << 24) | (key[1]! << 16) | (key[2]! << 8) | key[3]!) & mask
    for (;;) {
      const i = this.#slots[slot]!
      if (i < 0) return slot
      const slab = this.#slabs[(i / SLAB) | 0]!
      const at = (i % SLAB) * KEY
      let same = 0
      while (same < KEY && slab[at + same] === key[same]) same++
      if (same === KEY) return slot
      slot = (slot + 1) & mask
    }
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2).fill(-1)
    for (let i = 0; i < this.#count; i++) this.#slots[this.#slotOf(this.#key(i))] = i
  }
}
