/** A lock in shared memory, for work of microseconds on words that several threads change. */

const FREE = 0
const HELD = 1
/** Held, with possible waiters: only then does unlock need to notify. */
const CONTENDED = 2

/** Takes the lock at `words[at]`. The caller must unlock it in every case. */
export function lock(words: Int32Array, at: number): void {
  if (Atomics.compareExchange(words, at, FREE, HELD) === FREE) return
  while (Atomics.exchange(words, at, CONTENDED) !== FREE) Atomics.wait(words, at, CONTENDED, 10)
}

/** Releases the lock, and wakes one waiter. */
export function unlock(words: Int32Array, at: number): void {
  if (Atomics.exchange(words, at, FREE) === CONTENDED) Atomics.notify(words, at, 1)
}

/** Runs `work` while holding the lock at `words[at]`. */
export function withLock<T>(words: Int32Array, at: number, work: () => T): T {
  lock(words, at)
  try {
    return work()
  } finally {
    unlock(words, at)
  }
}
