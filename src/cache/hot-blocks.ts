/** The blocks in memory: ARC decides which ones stay, the memory tier holds their bytes. */
import { Arc } from './arc.js'
import { MemoryTier, pagedLength, type MemoryTierMemory } from './memory-tier.js'

export class HotBlocks {
  readonly #tier: MemoryTier
  readonly #arc: Arc<number>
  readonly #maxItem: number

  /**
   * @param maxItem bytes of the largest block that is kept.
   * @param onEvict is called with the record of each block that left.
   */
  constructor(memory: MemoryTierMemory, maxItem: number, onEvict: (record: number) => void) {
    this.#tier = new MemoryTier(memory)
    this.#maxItem = maxItem
    this.#arc = new Arc(this.#tier.capacity, (record) => {
      this.#tier.remove(record)
      onEvict(record)
    })
  }

  get used(): number {
    return this.#arc.weight
  }

  get capacity(): number {
    return this.#arc.capacity
  }

  get count(): number {
    return this.#arc.count
  }

  /** Target size of T1 in bytes. */
  get target(): number {
    return this.#arc.target
  }

  has(record: number): boolean {
    return this.#tier.has(record)
  }

  /**
   * Requests a block of ARC, and takes its bytes where ARC admits it.
   * @param read is called for a block that was admitted anew; undefined takes it out again.
   * @returns whether the block is in memory now.
   */
  request(record: number, length: number, read: () => Uint8Array | undefined): boolean {
    if (length > this.#maxItem) return false
    if (this.#arc.request(record, pagedLength(length))) return true
    if (!this.#arc.has(record)) return false
    const bytes = read()
    if (bytes === undefined) this.#arc.forget(record)
    else this.#tier.put(record, bytes)
    return bytes !== undefined
  }

  /** Removes a block, and what ARC remembers of it. */
  forget(record: number): void {
    this.#tier.remove(record)
    this.#arc.forget(record)
  }
}
