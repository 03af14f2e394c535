/** Tells the log when a backend stops answering, and when it answers again. */
import type { Clock } from '../core/clock.js'
import type { Log } from '../core/log.js'
import type { Metered } from '../../backends/wrap/metered.js'

/** How long the log is quiet about a backend that fails again. */
const QUIET_MS = 60_000

interface Watched {
  /** When its failure was told last, by the clock's elapsed milliseconds. */
  toldAt: number
  /** Whether the log says of it that it fails. */
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
        seen = { toldAt: -Infinity, isTold: false }
        this.#seen.set(name, seen)
      }
      if (isFailing) this.#tellFailing(seen, backend)
      else this.#tellAnswering(seen, name)
    }
  }

  /** Tells it once, and later where it is too early to tell: the last line must not be wrong for long. */
  #tellFailing(seen: Watched, { name, metrics }: Metered): void {
    const now = this.#clock.elapsed()
    if (seen.isTold || now - seen.toldAt < QUIET_MS) return
    seen.toldAt = now
    seen.isTold = true
    this.#log.warn(`backend ${name} fails: ${metrics.lastError ?? 'no reason given'}`)
  }

  #tellAnswering(seen: Watched, name: string): void {
    if (seen.isTold) this.#log.info(`backend ${name} answers again`)
    seen.isTold = false
  }
}
