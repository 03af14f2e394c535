/** A ring of the last 8192 records that readers touched, in order, for the cache's owner. */

const ENTRIES = 8192
const COUNT = 0
const FIRST = 1

export type TouchMemory = SharedArrayBuffer

export const reserveTouches = (): TouchMemory => new SharedArrayBuffer((FIRST + ENTRIES) * 4)

/** The ring; readers add, the owner takes. */
export class TouchRing {
  readonly #words: Int32Array
  #taken = 0

  constructor(memory: TouchMemory) {
    this.#words = new Int32Array(memory)
  }

  add(record: number): void {
    const at = Atomics.add(this.#words, COUNT, 1)
    this.#words[FIRST + (at & (ENTRIES - 1))] = record
  }

  get count(): number {
    return Atomics.load(this.#words, COUNT)
  }

  /** Yields the records added since the last call; if they overran the ring, only the newest. */
  *take(): Generator<number, void, undefined> {
    const count = Atomics.load(this.#words, COUNT)
    for (let at = Math.max(this.#taken, count - ENTRIES); at < count; at++)
      yield this.#words[FIRST + (at & (ENTRIES - 1))]!
    this.#taken = count
  }
}
