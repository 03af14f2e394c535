/** A clock that a test moves on. */
import { systemClock, type Clock } from '../../src/core/clock.js'

export class TestClock implements Clock {
  #ahead = 0

  now(): number {
    return systemClock.now() + this.#ahead
  }

  elapsed(): number {
    return systemClock.elapsed() + this.#ahead
  }

  /** Lets time pass. */
  advance(ms: number): void {
    this.#ahead += ms
  }
}
