/**
 * Carries blocks that serving threads read themselves to the thread that keeps the cache, in a ring
 * of bytes in shared memory.
 */
import { EMPTY, textOf, utf8 } from '../core/bytes.js'
import { Cid } from '../core/cid.js'
import { withLock } from '../core/spin-lock.js'

/** Bytes of the ring. */
const CAPACITY = 8 << 20
/** From this many waiting bytes on the keeper is woken; below, it comes when readers are quiet. */
const CROWDED_BYTES = (CAPACITY * 3) / 4
/** Entries are limited whatever their sizes, since each costs the keeper some 30 us. */
const MAX_ENTRIES = 4096
const CROWDED_ENTRIES = (MAX_ENTRIES * 3) / 4

// Words ahead of the ring. The counts of bytes only grow, modulo 2^32.
const LOCK = 0
const WRITTEN = 1
const TAKEN = 2
const WAKE = 3
const ENTRIES = 4
const HEADER = 64
/**
 * Bytes of the lengths ahead of each entry: of the whole entry, its CID, its name and its block.
 */
const ENTRY_HEADER = 16
/** Stands in place of a length where the rest of the ring was too short for the entry. */
const SKIP = 0

export type BlockHandoverMemory = SharedArrayBuffer

export const reserveBlockHandover = (): BlockHandoverMemory =>
  new SharedArrayBuffer(HEADER + CAPACITY)

export interface HandedBlock {
  readonly cid: Cid
  /** Verified against the CID. */
  readonly block: Uint8Array
  /** Name of the backend that had it. */
  readonly backend: string
}

/** One side of the ring. Any thread may add; one thread, the keeper, takes. */
export class BlockHandoverRing {
  readonly #words: Int32Array
  readonly #lengths: Int32Array
  readonly #ring: Uint8Array
  #lastWritten = 0
  #name: { readonly text: string; readonly bytes: Uint8Array } = { text: '', bytes: EMPTY }

  constructor(memory: BlockHandoverMemory) {
    this.#words = new Int32Array(memory, 0, HEADER / 4)
    this.#lengths = new Int32Array(memory, HEADER)
    this.#ring = new Uint8Array(memory, HEADER)
  }

  /** Returns the bytes that wait to be taken. */
  get waitingBytes(): number {
    return (Atomics.load(this.#words, WRITTEN) - Atomics.load(this.#words, TAKEN)) >>> 0
  }

  /**
   * Hands over a verified block.
   * @param backend the name of the backend that had it.
   * @returns false when the ring has no room for it now.
   */
  add(cid: Cid, block: Uint8Array, backend: string): boolean {
    const name = this.#nameOf(backend)
    const length = (ENTRY_HEADER + cid.bytes.length + name.length + block.length + 7) & ~7
    const added = withLock(this.#words, LOCK, () => {
      const written = this.#words[WRITTEN]! >>> 0
      let at = written % CAPACITY
      const rest = CAPACITY - at
      const skipped = rest < length ? rest : 0
      if (this.waitingBytes + skipped + length > CAPACITY || this.#entries >= MAX_ENTRIES)
        return false
      if (skipped > 0) {
        this.#lengths[at / 4] = SKIP
        at = 0
      }
      const word = at / 4
      this.#lengths[word] = length
      this.#lengths[word + 1] = cid.bytes.length
      this.#lengths[word + 2] = name.length
      this.#lengths[word + 3] = block.length
      this.#ring.set(cid.bytes, at + ENTRY_HEADER)
      this.#ring.set(name, at + ENTRY_HEADER + cid.bytes.length)
      this.#ring.set(block, at + ENTRY_HEADER + cid.bytes.length + name.length)
      Atomics.add(this.#words, ENTRIES, 1)
      Atomics.store(this.#words, WRITTEN, (written + skipped + length) | 0)
      return true
    })
    if (this.#isCrowded) this.wake()
    return added
  }

  get #entries(): number {
    return Atomics.load(this.#words, ENTRIES)
  }

  get #isCrowded(): boolean {
    return this.waitingBytes >= CROWDED_BYTES || this.#entries >= CROWDED_ENTRIES
  }

  /** Encodes a name. The last one is remembered, since names are few and seldom change. */
  #nameOf(backend: string): Uint8Array {
    if (this.#name.text !== backend) this.#name = { text: backend, bytes: utf8(backend) }
    return this.#name.bytes
  }

  /** Wakes the keeper at once. */
  wake(): void {
    Atomics.store(this.#words, WAKE, 1)
    Atomics.notify(this.#words, WAKE)
  }

  /** Resolves when the keeper is woken. Only the keeper may call it. */
  async whenCrowded(): Promise<void> {
    await Atomics.waitAsync(this.#words, WAKE, 0).value
    Atomics.store(this.#words, WAKE, 0)
  }

  /**
   * Returns whether the keeper should take now, and remembers how much was written. Readers go
   * first, as keeping a block costs as much as reading it: the time has come when nothing was added
   * since the last call, or when little room is left. Only the keeper may call it.
   */
  pollQuiet(): boolean {
    const written = Atomics.load(this.#words, WRITTEN)
    const isQuiet = written === this.#lastWritten
    this.#lastWritten = written
    return isQuiet || this.#isCrowded
  }

  /** Yields the blocks added until now. Only the one keeper may call it. */
  *take(): Generator<HandedBlock, void, undefined> {
    const written = Atomics.load(this.#words, WRITTEN)
    while (this.#words[TAKEN] !== written) {
      const taken = this.#words[TAKEN]! >>> 0
      const at = taken % CAPACITY
      const length = this.#lengths[at / 4]!
      if (length === SKIP) {
        Atomics.store(this.#words, TAKEN, (taken + CAPACITY - at) | 0)
        continue
      }
      const handed = this.#copyEntry(at)
      Atomics.sub(this.#words, ENTRIES, 1)
      Atomics.store(this.#words, TAKEN, (taken + length) | 0)
      yield handed
    }
  }

  /** Copies an entry, because its place in the ring is reused as soon as it is taken. */
  #copyEntry(at: number): HandedBlock {
    const [cid, name, block] = this.#lengths.subarray(at / 4 + 1, at / 4 + 4)
    const from = at + ENTRY_HEADER
    const part = (start: number, length: number): Uint8Array => {
      const bytes = new Uint8Array(length)
      bytes.set(this.#ring.subarray(start, start + length))
      return bytes
    }
    return {
      cid: Cid.decode(part(from, cid!)),
      backend: textOf(part(from + cid!, name!)) ?? '',
      block: part(from + cid! + name!, block!)
    }
  }
}
