/**
 * Flags that all threads share: whether there is a cache to read, and whether missing content is
 * fetched.
 */

const CACHED = 0
const FETCHED = 1

export type FetchFlagsMemory = SharedArrayBuffer

export const reserveFetchFlags = (): FetchFlagsMemory => new SharedArrayBuffer(8)

export class FetchFlags {
  readonly #words: Int32Array

  constructor(memory: FetchFlagsMemory) {
    this.#words = new Int32Array(memory)
  }

  get cached(): boolean {
    return Atomics.load(this.#words, CACHED) === 1
  }

  set cached(value: boolean) {
    Atomics.store(this.#words, CACHED, value ? 1 : 0)
  }

  /** Whether a missing block may be fetched. */
  get fetched(): boolean {
    return Atomics.load(this.#words, FETCHED) === 1
  }

  set fetched(value: boolean) {
    Atomics.store(this.#words, FETCHED, value ? 1 : 0)
  }
}
