/**
 * The memory tier: blocks in chains of pages of shared memory, which every serving thread copies
 * from directly. One thread writes; a reader detects an overlapping change by the sequence number
 * and reads from another tier.
 */

const PAGE = 4096

export interface MemoryTierMemory {
  readonly bytes: SharedArrayBuffer
  /** Page → the next page of its block, plus one. */
  readonly next: SharedArrayBuffer
  /** Record → its first page, plus one; 0 where it is not in memory. */
  readonly heads: SharedArrayBuffer
  /** Record → a number that changes whenever its pages do. */
  readonly sequences: SharedArrayBuffer
}

/**
 * Reserves the shared memory; its pages become resident as they are used.
 * @param bytes capacity of the tier. @param records number of records in the index.
 */
export function reserveMemoryTier(bytes: number, records: number): MemoryTierMemory {
  const pages = Math.floor(bytes / PAGE)
  return {
    bytes: new SharedArrayBuffer(pages * PAGE),
    next: new SharedArrayBuffer(pages * 4),
    heads: new SharedArrayBuffer((records + 1) * 4),
    sequences: new SharedArrayBuffer((records + 1) * 4)
  }
}

/** Returns the bytes of the pages that a block occupies. */
export const pagedLength = (length: number): number => Math.max(1, Math.ceil(length / PAGE)) * PAGE

/** The view of any thread, which copies blocks out. */
export class MemoryTierReader {
  protected readonly bytes: Uint8Array
  protected readonly next: Int32Array
  protected readonly heads: Int32Array
  protected readonly sequences: Int32Array

  constructor(memory: MemoryTierMemory) {
    this.bytes = new Uint8Array(memory.bytes)
    this.next = new Int32Array(memory.next)
    this.heads = new Int32Array(memory.heads)
    this.sequences = new Int32Array(memory.sequences)
  }

  has(record: number): boolean {
    return Atomics.load(this.heads, record) !== 0
  }

  /**
   * Copies bytes of a block into `target`.
   * @param position within the block; `length` bytes from there must be in it.
   * @returns false if the block is not in memory, or left it during the copy.
   */
  copy(record: number, position: number, target: Uint8Array, at: number, length: number): boolean {
    const before = Atomics.load(this.sequences, record)
    let page = Atomics.load(this.heads, record) - 1
    if (page < 0) return false
    for (let skip = Math.floor(position / PAGE); skip > 0 && page >= 0; skip--)
      page = this.next[page]! - 1
    for (let done = 0; done < length;) {
      if (page < 0) return false
      const inPage = (position + done) % PAGE
      const take = Math.min(PAGE - inPage, length - done)
      const from = page * PAGE + inPage
      target.set(this.bytes.subarray(from, from + take), at + done)
      done += take
      page = this.next[page]! - 1
    }
    return Atomics.load(this.sequences, record) === before
  }
}

/** The view of the one writing thread. */
export class MemoryTier extends MemoryTierReader {
  #free = 0
  #highWater = 0
  readonly #pages: number

  constructor(memory: MemoryTierMemory) {
    super(memory)
    this.#pages = this.next.length
  }

  /** Size in bytes, in whole pages. */
  get capacity(): number {
    return this.#pages * PAGE
  }

  /** Copies a block in. The caller has made room for it. */
  put(record: number, block: Uint8Array): void {
    let head = 0
    let last = -1
    for (let from = 0; from < Math.max(1, block.length); from += PAGE) {
      const page = this.#allocate()
      this.bytes.set(block.subarray(from, from + PAGE), page * PAGE)
      this.next[page] = 0
      if (last < 0) head = page + 1
      else this.next[last] = page + 1
      last = page
    }
    Atomics.add(this.sequences, record, 1)
    Atomics.store(this.heads, record, head)
  }

  #allocate(): number {
    if (this.#free !== 0) {
      const page = this.#free - 1
      this.#free = this.next[page]!
      return page
    }
    if (this.#highWater === this.#pages) throw new RangeError('the memory tier was given more than it holds') // prettier-ignore
    return this.#highWater++
  }

  /** Frees the pages of a block. */
  remove(record: number): void {
    const head = this.heads[record]!
    if (head === 0) return
    // Readers must see the change before the pages are used again.
    Atomics.store(this.heads, record, 0)
    Atomics.add(this.sequences, record, 1)
    for (let page = head - 1; page >= 0;) {
      const next = this.next[page]! - 1
      this.next[page] = this.#free
      this.#free = page + 1
      page = next
    }
  }
}
