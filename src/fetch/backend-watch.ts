/** Tells the log when a backend stops answering, and when it answers again. */
import type { Clock } from '../core/clock.js'
import type { Log } from '../core/log.js'
import type { Metered } from '../../backends/wrap/metered.js'

/** How long the log is quiet about a backend that fails again. */
const QUIET_MS = 60_000

interface Watched {
  isFailing: boolean
  /** When its failure was told last, by the clock's elapsed milliseconds. */
  toldAt: number
  isTold: boolean
}

export class BackendWatch {
  readonly #seen = new Map<string, Watched>()
  readonly #clock: Clock
  readonly #log: Log

  constructor(clock: Clock, log: Log) {
    this.#clock = clock
    this.#log = log
  }

  /** Looks at the backends in use; to be called every now and then. */
  look(backends: Iterable<Metered>): void {
    for (const backend of backends) {
      const { name, isFailing } = backend
      let seen = this.#seen.get(name)
      if (seen === undefined) {
        seen = { isFailing: false, toldAt: -Infinity, isTold: false }
        this.#seen.set(name, seen)
      }
      if (isFailing !== seen.isFailing) this.#turned(seen, backend)
    }
  }

  #turned(seen: Watched, { name, isFailing, metrics }: Metered): void {
    seen.isFailing = isFailing
    if (!isFailing) {
      if (seen.isTold) this.#log.info(`backend ${name} answers again`)
      seen.isTold = false
      return
    }
    const now = this.#clock.elapsed()
    if (now - seen.toldAt < QUIET_MS) return
    seen.toldAt = now
    seen.isTold = true
    this.#log.warn(`backend ${name} fails: ${metrics.lastError ?? 'no reason given'}`)
  }
}
