/** Lets so many calls run at a time; the others wait for their turn. */
import { Semaphore } from '../../src/core/semaphore.js'
import type { Backend } from '../backend.js'
import type { RunCall } from '../facets/intercept.js'
import type { CallKind } from '../facets/facets.js'
import { WrappedBackend } from './wrapped.js'

const MAX_NAMES = 4

export class Limit extends WrappedBackend {
  readonly #turns: Semaphore
  /** Names have turns of their own: content must not wait for a search. */
  readonly #names = new Semaphore(MAX_NAMES)

  /** @param maxCalls at a time, those for names not counted. */
  constructor(inner: Backend, maxCalls: number) {
    super(inner)
    this.#turns = new Semaphore(maxCalls)
  }

  override async around<T>(kind: CallKind, signal: AbortSignal, run: RunCall<T>): Promise<T> {
    // A busy backend must still be able to say that it is well.
    if (kind === 'health') return await run(signal)
    const turns = kind === 'name' ? this.#names : this.#turns
    return await turns.run(1, () => run(signal), signal)
  }
}
