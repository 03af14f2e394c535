/**
 * Nothing waits for ever: a request that a serving thread is stuck in (a disk that hangs) is
 * answered in its place, with EINTR when its reader was interrupted, with ETIMEDOUT at the
 * deadline. When all threads are stuck, further ones are started.
 */
import { EINTR, ETIMEDOUT } from '../../errno.js'
import type { CurrentRequests } from './current-requests.js'

const TICK_MS = 250
/** A request this old is stuck: whatever is local takes milliseconds. */
const STUCK_MS = 500

export interface WatchedMount {
  readonly deadlineMs: number
  /** Answer a request with an error; nothing happens where it has its answer already. */
  readonly fail: (unique: number, errno: number) => void
  /** How many threads serve. */
  readonly threads: () => number
  /** Start further threads, where there may be any. */
  readonly grow: () => void
}

/** A request that was seen in a thread, and when first. */
interface Sighting {
  readonly unique: number
  readonly since: number
  failed: boolean
}

export class Watchdog {
  readonly #currentRequests: CurrentRequests
  readonly #mount: WatchedMount
  readonly #seen: Sighting[] = []
  /** Requests whose readers were interrupted, and when we heard of it. */
  readonly #interrupted = new Map<number, number>()
  readonly #timer: NodeJS.Timeout
  #last = 0

  constructor(currentRequests: CurrentRequests, mount: WatchedMount) {
    this.#currentRequests = currentRequests
    this.#mount = mount
    this.#timer = setInterval(() => this.tick(performance.now()), TICK_MS)
    this.#timer.unref()
  }

  /** The reader of a request does not want to wait any longer. */
  interrupt(unique: number): void {
    this.#interrupted.set(unique, performance.now())
  }

  /** Whether that was said a moment ago. */
  takeInterrupt(unique: number): boolean {
    return this.#interrupted.delete(unique)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** @param now ms, of any clock that only goes forward. */
  tick(now: number): void {
    // We were stopped ourselves, and the threads with us: nobody is to blame for that time.
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
        this.#judge(sighting, now)
      }
    }
    if (stuck === this.#mount.threads()) this.#mount.grow()
    this.#forgetAnswered(now)
  }

  #judge(sighting: Sighting, now: number): void {
    if (sighting.failed) return
    const late = now - sighting.since >= this.#mount.deadlineMs
    if (!late && !this.#interrupted.has(sighting.unique)) return
    sighting.failed = true
    this.#mount.fail(sighting.unique, late ? ETIMEDOUT : EINTR)
  }

  /** Most interrupted requests are answered in the ordinary way, at once. */
  #forgetAnswered(now: number): void {
    for (const [unique, since] of this.#interrupted)
      if (now - since >= STUCK_MS + TICK_MS && !this.#seen.some((one) => one.unique === unique))
        this.#interrupted.delete(unique)
  }
}
