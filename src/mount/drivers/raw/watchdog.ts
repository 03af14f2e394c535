/**
 * The watchdog bounds every wait. If a serving thread is stuck in a request, as on a hanging disk,
 * it answers in its place: EINTR if the reader was interrupted, ETIMEDOUT at the deadline. If all
 * threads are stuck, it has further ones started.
 */
import { EINTR, ETIMEDOUT } from '../../errno.js'
import type { CurrentRequests } from './current-requests.js'

const TICK_MS = 250
/** Age from which a request is stuck, because local work takes milliseconds. */
const STUCK_MS = 500
/** Age at which an interrupt is forgotten. Its request may still be on its way from one thread to another. */
const FORGOTTEN_MS = 10_000

export interface WatchedMount {
  readonly deadlineMs: number
  /** Answers a request with an error; does nothing if it was answered already. */
  readonly fail: (unique: number, errno: number) => void
  /** Returns the number of serving threads. */
  readonly threads: () => number
  /** Returns the number of those that have not ended. */
  readonly living: () => number
  /** Starts further threads, up to the maximum. */
  readonly grow: () => void
}

/** A request seen in a thread, and the time it was first seen. */
interface Sighting {
  readonly unique: number
  readonly since: number
  failed: boolean
}

/** The watchdog of one mount. */
export class Watchdog {
  readonly #currentRequests: CurrentRequests
  readonly #mount: WatchedMount
  readonly #seen: Sighting[] = []
  /** Requests whose readers were interrupted, and the times of the interrupts. */
  readonly #interrupted = new Map<number, number>()
  readonly #timer: NodeJS.Timeout
  #last = 0

  constructor(currentRequests: CurrentRequests, mount: WatchedMount) {
    this.#currentRequests = currentRequests
    this.#mount = mount
    this.#timer = setInterval(() => this.tick(performance.now()), TICK_MS)
    this.#timer.unref()
  }

  /** Notes that the reader of a request was interrupted. */
  interrupt(unique: number): void {
    this.#interrupted.set(unique, performance.now())
  }

  /** Removes the noted interrupt of a request. @returns whether there was one. */
  takeInterrupt(unique: number): boolean {
    return this.#interrupted.delete(unique)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Checks all threads. @param now ms of a monotonic clock. */
  tick(now: number): void {
    // A late tick means that the whole process was stopped, so the ages do not count.
    if (now - this.#last > 4 * TICK_MS) this.#seen.length = 0
    this.#last = now
    let stuck = 0
    for (let thread = 0; thread < this.#mount.threads(); thread++) {
      const unique = this.#currentRequests.at(thread)
      const known = this.#seen[thread]
      if (known === undefined || known.unique !== unique)
        this.#seen[thread] = { unique, since: now, failed: false }
      const sighting = this.#seen[thread]!
      if (unique !== 0 && now - sighting.since >= STUCK_MS) {
        stuck++
        this.#failIfDue(sighting, now)
      }
    }
    if (stuck >= this.#mount.living()) this.#mount.grow()
    this.#forgetAnswered(now)
  }

  /** Fails a stuck request that was interrupted or has passed its deadline. */
  #failIfDue(sighting: Sighting, now: number): void {
    if (sighting.failed) return
    const isOverdue = now - sighting.since >= this.#mount.deadlineMs
    if (!isOverdue && !this.#interrupted.has(sighting.unique)) return
    sighting.failed = true
    this.#mount.fail(sighting.unique, isOverdue ? ETIMEDOUT : EINTR)
  }

  /** Drops the interrupts of requests that were answered, as most are at once. */
  #forgetAnswered(now: number): void {
    for (const [unique, since] of this.#interrupted)
      if (now - since >= FORGOTTEN_MS && !this.#seen.some((one) => one.unique === unique))
        this.#interrupted.delete(unique)
  }
}
