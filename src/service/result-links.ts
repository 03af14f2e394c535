/** Where results of queries are, as `queries/` shows them. Only the main thread has them computed. */
import type { Cid } from '../core/cid.js'
import type { Clock } from '../core/clock.js'
import { KitError, toKitError } from '../core/errors.js'
import type { Log } from '../core/log.js'
import { NotReady } from '../core/not-ready.js'
import type { ResultsPort } from '../../vfs/ports.js'

/** How long a result counts as that of the inputs as they are now: for the requests that waited for it. */
const FRESH_MS = 100
const MAX_KEPT = 1000
/** How long the same failure is not told again. */
const QUIET_MS = 60_000

const onMainThread = (query: string, format: string): NotReady =>
  new NotReady({ type: 'tree', tree: 'queries', what: `${query}.${format}` })

/** For every other thread, where the request is passed to the main thread. */
export const RESULTS_ON_MAIN_THREAD: ResultsPort = {
  result: (query, format) => {
    throw onMainThread(query, format)
  },
  prepare: () => Promise.reject(new KitError('INTERNAL', 'results are computed on the main thread'))
}

/** Computes the result of a query; undefined where there is no such query. */
export type ComputeResult = (
  query: string,
  format: string,
  signal: AbortSignal
) => Promise<Cid | undefined>

/** Returns what tells the file of a saved query from any other of its name; undefined where there is none. */
export type StampOfQuery = (query: string) => string | undefined

interface Known {
  readonly cid: Cid | undefined
  readonly at: number
  /** Of the query that was computed. */
  readonly stamp: string | undefined
}

export class ResultLinks implements ResultsPort {
  readonly #compute: ComputeResult
  readonly #clock: Clock
  readonly #stampOf: StampOfQuery
  readonly #known = new Map<string, Known>()

  readonly #log: Log
  #told = ''
  #toldAt = 0

  constructor(compute: ComputeResult, stampOf: StampOfQuery, clock: Clock, log: Log) {
    this.#compute = compute
    this.#stampOf = stampOf
    this.#clock = clock
    this.#log = log
  }

  result(query: string, format: string): Cid | undefined {
    const known = this.#known.get(`${query}.${format}`)
    const isFresh = known !== undefined && this.#clock.elapsed() - known.at <= FRESH_MS
    if (!isFresh || known.stamp !== this.#stampOf(query)) throw onMainThread(query, format)
    return known.cid
  }

  /** Tells the log, where the last line is not the same: whoever reads a mount cannot be told why. */
  #tell(line: string): void {
    const now = this.#clock.elapsed()
    if (line === this.#told && now - this.#toldAt < QUIET_MS) return
    this.#told = line
    this.#toldAt = now
    this.#log.warn(line)
  }

  async prepare(what: string, signal: AbortSignal): Promise<void> {
    const dot = what.lastIndexOf('.')
    const query = what.slice(0, dot)
    // First: a query that is changed while it is computed is computed again.
    const stamp = this.#stampOf(query)
    const cid = await this.#computed(query, what.slice(dot + 1), signal)
    if (this.#known.size >= MAX_KEPT) this.#known.clear()
    this.#known.set(what, { cid, at: this.#clock.elapsed(), stamp })
  }

  /** Which table a query did not find says nothing of the name that was looked up: the query is there. */
  async #computed(query: string, format: string, signal: AbortSignal): Promise<Cid | undefined> {
    try {
      return await this.#compute(query, format, signal)
    } catch (cause) {
      const { code, message } = toKitError(cause)
      if (code !== 'ABORTED')
        this.#tell(`queries/${query}.${format} cannot be computed: ${message}`)
      if (code !== 'PATH_NOT_FOUND' && code !== 'INVALID_CID') throw cause
      throw new KitError('INVALID_ARGUMENT', `query ${query}: ${message}`, { cause })
    }
  }
}
