/**
 * One piece of work for all who want its result at a time. It goes on as long as anybody waits
 * for it, and is aborted when the last one has lost interest.
 */
import { abortController } from './abort.js'
import { KitError } from './errors.js'

interface Flight<T> {
  readonly result: Promise<T>
  /** undefined where the work goes on whoever leaves. */
  readonly end: AbortController | undefined
  waiting: number
}

export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>()

  /** Pieces of work under way. */
  get size(): number {
    return this.#flights.size
  }

  /** Whether there is work under a key. */
  has(key: string): boolean {
    return this.#flights.has(key)
  }

  /**
   * Join the work under `key`, or begin it.
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
    let leave: (() => void) | undefined
    const left = new Promise<never>((_, reject) => {
      leave = () => {
        if (--flight.waiting === 0) flight.end?.abort(new KitError('ABORTED', 'nobody waits for it')) // prettier-ignore
        reject(signal.reason as Error)
      }
      signal.addEventListener('abort', leave, { once: true })
    })
    try {
      return await Promise.race([flight.result, left])
    } finally {
      signal.removeEventListener('abort', leave!)
    }
  }

  /** Let others join what is under way without us. It must not fail unheard. */
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
    // Everybody may have left before it fails.
    result.catch(() => undefined)
    const flight: Flight<T> = { result, end, waiting: 0 }
    this.#flights.set(key, flight)
    // Who comes after it was given up begins anew.
    end.signal.addEventListener('abort', () => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key)
    })
    return flight
  }
}
