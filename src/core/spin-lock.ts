/** A lock in shared memory, for work of microseconds that several threads do on the same words. */

const FREE = 0
const HELD = 1
/** Held, and somebody may be waiting: only then does leaving wake anyone. */
const WAITED_FOR = 2

/** Take the lock at `words[at]`. Whoever takes it gives it back, whatever happens. */
export function lock(words: Int32Array, at: number): void {
  if (Atomics.compareExchange(words, at, FREE, HELD) === FREE) return
  while (Atomics.exchange(words, at, WAITED_FOR) !== FREE) Atomics.wait(words, at, WAITED_FOR, 10)
}

/** Give the lock back, and wake one that waits for it. */
export function unlock(words: Int32Array, at: number): void {
  if (Atomics.exchange(words, at, FREE) === WAITED_FOR) Atomics.notify(words, at, 1)
}

/** Run `work` while no other thread holds the lock at `words[at]`. */
export function withLock<T>(words: Int32Array, at: number, work: () => T): T {
  lock(words, at)
  try {
    return work()
  } finally {
    unlock(words, at)
  }
}
