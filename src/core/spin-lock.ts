/** A lock in shared memory, for work of microseconds that several threads do on the same words. */

const FREE = 0
const HELD = 1
/** Held, and somebody may be waiting: only then does leaving wake anyone. */
const WAITED_FOR = 2

/** Run `work` while no other thread holds the lock at `words[at]`. */
export function withLock<T>(words: Int32Array, at: number, work: () => T): T {
  if (Atomics.compareExchange(words, at, FREE, HELD) !== FREE)
    while (Atomics.exchange(words, at, WAITED_FOR) !== FREE) Atomics.wait(words, at, WAITED_FOR, 10)
  try {
    return work()
  } finally {
    if (Atomics.exchange(words, at, FREE) === WAITED_FOR) Atomics.notify(words, at, 1)
  }
}
