/** A lock in shared memory, for work of microseconds that several threads do on the same words. */

/** Run `work` while no other thread holds the lock at `words[at]`. */
export function withLock<T>(words: Int32Array, at: number, work: () => T): T {
  while (Atomics.compareExchange(words, at, 0, 1) !== 0) Atomics.wait(words, at, 1, 10)
  try {
    return work()
  } finally {
    Atomics.store(words, at, 0)
    Atomics.notify(words, at, 1)
  }
}
