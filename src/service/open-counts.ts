/**
 * Tells the main thread which content was opened, from the threads that serve: a ring of slots in shared memory. A slot has a number
 * of its own, then a length and a CID. Of more opens than there are slots between two looks, the newest count.
 */
export type OpenCountsMemory = SharedArrayBuffer

const SLOTS = 8192
const SLOT = 64
const HEADER = 64
/** Most bytes of a CID; longer ones are not counted. */
const MAX_CID = SLOT - 5

export const reserveOpenCounts = (): OpenCountsMemory =>
  new SharedArrayBuffer(HEADER + SLOTS * SLOT)

export class OpenCounts {
  readonly #words: Int32Array
  readonly #bytes: Uint8Array
  #taken = 0

  constructor(memory: OpenCountsMemory) {
    this.#words = new Int32Array(memory)
    this.#bytes = new Uint8Array(memory)
  }

  /** Notes an open. Any thread may. @param cid its bytes. */
  readonly note = (cid: Uint8Array): void => {
    if (cid.length > MAX_CID) return
    const number = Atomics.add(this.#words, 0, 1)
    const at = HEADER + (number & (SLOTS - 1)) * SLOT
    // Whoever reads meanwhile sees another number before the bytes than behind them.
    Atomics.store(this.#words, at / 4, 0)
    this.#bytes[at + 4] = cid.length
    this.#bytes.set(cid, at + 5)
    Atomics.store(this.#words, at / 4, markOf(number))
  };

  /** Yields the CIDs that were opened since the last call. One thread alone may. */
  *take(): Iterable<Uint8Array> {
    const written = Atomics.load(this.#words, 0)
    if (((written - this.#taken) | 0) > SLOTS) this.#taken = (written - SLOTS) | 0
    for (; this.#taken !== written; this.#taken = (this.#taken + 1) | 0) {
      const at = HEADER + (this.#taken & (SLOTS - 1)) * SLOT
      const mark = markOf(this.#taken)
      if (Atomics.load(this.#words, at / 4) !== mark) continue
      const cid = this.#bytes.slice(at + 5, at + 5 + this.#bytes[at + 4]!)
      if (Atomics.load(this.#words, at / 4) === mark) yield cid
    }
  }
}

/** Never 0, which is a slot that is being written. */
const markOf = (number: number): number => (number === -1 ? 1 : (number + 1) | 0)
