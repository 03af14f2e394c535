/** The clock, which tests replace. */

export interface Clock {
  /** Returns ms since 1970, which may go back. */
  now(): number
  /** Returns ms of a count that never goes back, for measuring. */
  elapsed(): number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now()
}
