/** The time between making and closing a backend. */
import { KitError } from '../src/core/errors.js'
import { interceptFacets, type RunCall, type RunStream } from './facets/intercept.js'
import type { CallKind, Facets } from './facets/facets.js'

/** Refuses calls of a closed backend, and calls that were aborted before they began. */
export class Lifetime {
  readonly #name: string
  #closed = false

  /** @param name of the backend, for messages. */
  constructor(name: string) {
    this.#name = name
  }

  /** The same facets, as long as the backend is open. */
  guard(facets: Facets): Facets {
    return interceptFacets(facets, this)
  }

  async around<T>(_kind: CallKind, signal: AbortSignal, run: RunCall<T>): Promise<T> {
    this.check(signal)
    return await run(signal)
  }

  async *aroundStream<T>(signal: AbortSignal, run: RunStream<T>): AsyncIterable<T> {
    this.check(signal)
    yield* run(signal)
  }

  /** @throws CLOSED, or the signal's reason. */
  check(signal: AbortSignal): void {
    if (this.#closed) throw new KitError('CLOSED', `backend ${this.#name} is closed`)
    if (signal.aborted) throw signal.reason
  }

  end(): void {
    this.#closed = true
  }
}
