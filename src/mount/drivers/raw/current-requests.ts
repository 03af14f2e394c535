/**
 * The current request of each serving thread, in shared memory for the watchdog: its number, 0
 * while the thread waits. Plain stores suffice, because the watchdog acts on requests that stay
 * for long.
 */

/** Maximum number of serving threads of a mount. */
export const MAX_THREADS = 32

export type CurrentRequestsMemory = SharedArrayBuffer

export const reserveCurrentRequests = (): CurrentRequestsMemory =>
  new SharedArrayBuffer(MAX_THREADS * 8)

/** The current requests of a mount's threads. */
export class CurrentRequests {
  readonly #words: Int32Array

  constructor(memory: CurrentRequestsMemory) {
    this.#words = new Int32Array(memory)
  }

  begin(thread: number, low: number, high: number): void {
    this.#words[thread * 2] = low
    this.#words[thread * 2 + 1] = high
  }

  end(thread: number): void {
    this.begin(thread, 0, 0)
  }

  /** Returns the number of a thread's current request; 0 for none. */
  at(thread: number): number {
    const low = Atomics.load(this.#words, thread * 2) >>> 0
    return low + (Atomics.load(this.#words, thread * 2 + 1) >>> 0) * 0x1_0000_0000
  }
}
