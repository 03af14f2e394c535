/**
 * Calls that may go through later are tried again, after a delay that doubles and that chance
 * shortens: many that fail at once do not come back at once. A stream is never repeated, since some
 * of it was given out already.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { ERROR_CODES, isKitError } from '../../src/core/errors.js'
import type { Backend } from '../backend.js'
import type { RunCall } from '../facets/intercept.js'
import type { CallKind } from '../facets/facets.js'
import { WrappedBackend } from './wrapped.js'

export interface RetryOptions {
  /** Tries in all. */
  readonly tries: number
  /** Milliseconds before the second try; doubled for each further one. */
  readonly firstDelayMs: number
}

export class Retry extends WrappedBackend {
  readonly #options: RetryOptions

  constructor(inner: Backend, options: RetryOptions) {
    super(inner)
    this.#options = options
  }

  override async around<T>(kind: CallKind, signal: AbortSignal, run: RunCall<T>): Promise<T> {
    const { tries, firstDelayMs } = this.#options
    for (let attempt = 1; ; attempt++) {
      try {
        return await run(signal)
      } catch (error) {
        const again = isKitError(error) && ERROR_CODES[error.code].recoverable
        // The deadline holds for one try: a second one would double it.
        const late = isKitError(error, 'TIMEOUT')
        const once = kind === 'health' || kind === 'name'
        if (once || attempt >= tries || !again || late || signal.aborted) throw error
        const maxDelayMs = firstDelayMs * 2 ** (attempt - 1)
        await delay(maxDelayMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {
          throw signal.reason
        })
      }
    }
  }
}
