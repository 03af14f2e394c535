/**
 * What each serving thread is at, for whoever watches over them: the number of its request in
 * shared memory, 0 while it waits. Two plain stores a request: what is watched lasts long.
 */

/** Most serving threads a mount can come to have. */
export const MAX_THREADS = 32

export type CurrentRequestsMemory = SharedArrayBuffer

export const reserveCurrentRequests = (): CurrentRequestsMemory =>
  new SharedArrayBuffer(MAX_THREADS * 8)

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

  /** Number of the request that a thread is at; 0 for none. */
  at(thread: number): number {
    const low = Atomics.load(this.#words, thread * 2) >>> 0
    return low + (Atomics.load(this.#words, thread * 2 + 1) >>> 0) * 0x1_0000_0000
  }
}
