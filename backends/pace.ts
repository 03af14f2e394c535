/**
 * The pace at which one host is asked, shared by all requests to it. A host that refuses because it
 * was asked too often is left alone for as long as it says, and from then on asked evenly, as often
 * as it allowed before.
 * Source: RFC 9110, 10.2.3 (Retry-After); RFC 6585, 4 (429)
 */
import type { IncomingHttpHeaders } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock, type Clock } from '../src/core/clock.js'
import { KitError } from '../src/core/errors.js'
import { whileTimeStands } from './call-time.js'

/** Longest wait for a host that wants to be left alone. */
export const MAX_REST_MS = 60_000

/** The rest of a host that does not say how long; doubled while it goes on refusing. */
const UNSAID_REST_MS = 1000
/** Longest time between two requests. */
const MAX_INTERVAL_MS = 1000
/** What is allowed is not used up: the host may count otherwise. */
const MARGIN = 1.1
/** After so long without a refusal it is asked twice as often. */
const QUIET_MS = 30_000

/**
 * Returns the rest that an answer asks for; undefined for an answer that asks for none. GitHub says
 * 403 of requests that are too many, with the time of its clock at which more are allowed.
 * Source: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
export function restIn(
  { status, headers }: { readonly status: number; readonly headers: IncomingHttpHeaders },
  now: number
): { readonly ms: number | undefined } | undefined {
  if (status !== 403 && status !== 429 && status !== 503) return undefined
  const ms = retryAfterMs(headers, now) ?? resetMs(headers, now)
  return status === 429 || ms !== undefined ? { ms } : undefined
}

/** Reads the seconds since 1970 at which a limit that is used up begins anew. */
function resetMs(headers: IncomingHttpHeaders, now: number): number | undefined {
  const { date, 'x-ratelimit-remaining': left, 'x-ratelimit-reset': reset } = headers
  if (left !== '0' || !/^\d{1,12}$/.test(String(reset))) return undefined
  const theirs = Date.parse(date ?? '')
  return Math.max(0, Number(reset) * 1000 - (Number.isNaN(theirs) ? now : theirs))
}

/** Reads `Retry-After`: seconds, or a date, which is compared with the clock of the host. */
function retryAfterMs(
  { date, 'retry-after': text }: IncomingHttpHeaders,
  now: number
): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  // All three forms of a date begin with the day of the week; Date.parse takes more than dates.
  const until = /^[A-Z][a-z]{2}/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(until)) return undefined
  const theirs = Date.parse(date ?? '')
  return Math.max(0, until - (Number.isNaN(theirs) ? now : theirs))
}

/** Paces by hosts, for as long as this process asks them: of one host several backends may be made. */
const paces = new Map<string, Pace>()

/** Returns the pace of a host, the same for all that ask it. */
export function paceOf(host: string): Pace {
  const pace = paces.get(host) ?? new Pace(systemClock)
  paces.set(host, pace)
  return pace
}

/** A place in the line of requests to a host. */
interface Place {
  /** Its time, by the count of the clock, and how far off that is, in ms. */
  readonly at: number
  readonly ms: number
  /** The run to whose line it belongs. */
  readonly run: number
}

export class Pace {
  readonly #clock: Clock
  /** Ends of the rest and of the last interval, by the count of the clock. */
  #restUntil = Number.NEGATIVE_INFINITY
  #free = Number.NEGATIVE_INFINITY
  /** Places before `#free` that were given back, in order. */
  #returned: number[] = []
  #interval = 0
  /** Number of rests so far; each request belongs to the run between two of them. */
  #run = 0
  #runBegan: number | undefined
  #accepted = 0
  /** The last requests that were allowed one after the other. */
  #allowed: { readonly since: number; readonly count: number } | undefined
  #lastChange = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How long the host wants to be left alone still, in ms. */
  get restMs(): number {
    return Math.max(0, this.#restUntil - this.#clock.elapsed())
  }

  /** Takes the first free place in the line; none where nobody would wait so long. */
  reserve(): Place {
    const now = this.#clock.elapsed()
    this.#ease(now)
    const from = Math.max(now, this.#restUntil)
    this.#returned = this.#returned.filter((at) => at >= from)
    const at = this.#returned[0] ?? Math.max(from, this.#free)
    const place = { at, ms: at - now, run: this.#run }
    if (place.ms > MAX_REST_MS) return place
    if (this.#returned.shift() === undefined) this.#free = at + this.#interval
    return place
  }

  /** Frees a place that nobody will use. */
  #giveBack({ at, run }: Place): void {
    // After a refusal the line is another one.
    if (run !== this.#run) return
    this.#returned.push(at)
    this.#returned.sort((a, b) => a - b)
  }

  /**
   * Waits until a request may be sent. That wait does not count in the time of the call.
   * @param where the host is, for messages.
   * @returns its run, for `refused`.
   * @throws RATE_LIMITED where nobody would wait so long; the signal's reason.
   */
  async turn(where: string, signal: AbortSignal): Promise<number> {
    if (signal.aborted) throw signal.reason
    const place = this.reserve()
    if (place.ms > 0) await whileTimeStands(signal, () => this.#wait(place, where, signal))
    return this.begin()
  }

  async #wait(first: Place, where: string, signal: AbortSignal): Promise<void> {
    for (let place = first; ; place = this.reserve()) {
      if (place.ms > MAX_REST_MS) throw this.#tooLong(place, where)
      await delay(place.ms, undefined, { signal }).catch(() => {
        this.#giveBack(place)
        throw signal.reason
      })
      // A refusal meanwhile puts the turn off.
      if (this.#restUntil <= place.at) return
    }
  }

  #tooLong({ ms }: Place, where: string): KitError {
    const { restMs } = this
    const why =
      restMs > MAX_REST_MS
        ? `wants to be left alone for ${Math.ceil(restMs / 1000)} s, as it was asked too often`
        : `allows so few requests that those of the next ${Math.floor(ms / 1000)} s are waiting already; ask for less at a time`
    return new KitError('RATE_LIMITED', `${where} ${why}`)
  }

  /** Begins a request. @returns its run, for `refused`. */
  begin(): number {
    this.#runBegan ??= this.#clock.elapsed()
    return this.#run
  }

  accepted(): void {
    this.#accepted++
    // Nothing is known of a host that refused from the beginning: it is tried with care.
    if (this.#allowed === undefined) this.#interval = halved(this.#interval)
  }

  /**
   * Notes a refusal.
   * @param run of the request that was refused: those that were under way at the first refusal
   * say nothing new.
   * @param restMs as the host said.
   */
  refused(run: number, restMs: number | undefined): void {
    const now = this.#clock.elapsed()
    const rest = restMs ?? UNSAID_REST_MS * 2 ** Math.min(5, this.#accepted === 0 ? this.#run : 0)
    this.#restUntil = Math.max(this.#restUntil, now + rest)
    if (run !== this.#run) return
    if (this.#accepted > 0) this.#allowed = { since: this.#runBegan ?? now, count: this.#accepted }
    this.#interval = Math.min(MAX_INTERVAL_MS, Math.max(this.#interval, this.#learned(rest)))
    this.#free = this.#restUntil
    this.#returned = []
    this.#lastChange = this.#restUntil
    this.#run++
    this.#runBegan = undefined
    this.#accepted = 0
  }

  /**
   * So many were allowed from the first of them to the end of the rest; where none was allowed since
   * the last rest, that one was too short.
   */
  #learned(rest: number): number {
    if (this.#allowed === undefined) return rest
    return ((this.#restUntil - this.#allowed.since) / this.#allowed.count) * MARGIN
  }

  #ease(now: number): void {
    if (this.#interval === 0 || now - this.#lastChange < QUIET_MS) return
    this.#interval = halved(this.#interval)
    this.#lastChange = now
  }
}

const halved = (interval: number): number => (interval < 2 ? 0 : interval / 2)
