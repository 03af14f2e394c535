/**
 * Single-flight: concurrent requests for one key share one piece of work, which is aborted when
 * the last of them is.
 */
import { abortController, onAbort } from './abort.js'
import { KitError } from './errors.js'

interface Flight<T> {
  readonly result: Promise<T>
  /** Aborts the work; undefined for adopted work, which no waiter can end. */
  readonly end: AbortController | undefined
  waiting: number
}

export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>()

  /** Number of flights. */
  get size(): number {
    return this.#flights.size
  }

  /** Returns whether work is under way for a key. */
  has(key: string): boolean {
    return this.#flights.has(key)
  }

  /**
   * Joins the work under `key`, or begins it.
   * @throws what the work throws, or the signal's reason.
   */
  async run(
    key: string,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>
  ): Promise<T> {
    if (signal?.aborted === true) throw signal.reason
    const flight = this.#flights.get(key) ?? this.#begin(key, work)
    flight.waiting++
    if (signal === undefined) return await flight.result
    let release: () => void = () => undefined
    const left = new Promise<never>((_, reject) => {
      release = onAbort(signal, () => {
        if (--flight.waiting === 0) flight.end?.abort(new KitError('ABORTED', 'nobody waits for it')) // prettier-ignore
        reject(signal.reason as Error)
      })
    })
    try {
      return await Promise.race([flight.result, left])
    } finally {
      release()
    }
  }

  /** Lets later calls join work begun elsewhere. The caller must handle its rejection. */
  adopt(key: string, result: Promise<T>): void {
    const flight: Flight<T> = { result, end: undefined, waiting: 0 }
    this.#flights.set(key, flight)
    const over = (): void => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key)
    }
    result.then(over, over)
  }

  #begin(key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const end = abortController()
    const result = work(end.signal).finally(() => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key)
    })
    // All waiters may have left before it fails, which must not be an unhandled rejection.
    result.catch(() => undefined)
    const flight: Flight<T> = { result, end, waiting: 0 }
    this.#flights.set(key, flight)
    // A request after the abort must not join the aborted work.
    onAbort(end.signal, () => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key)
    })
    return flight
  }
}
