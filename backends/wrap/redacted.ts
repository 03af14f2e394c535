/** Takes the secrets of a backend out of errors: the other side, or its SDK, may repeat them. */
import { KitError, toKitError } from '../../src/core/errors.js'
import type { Backend, BackendHealth } from '../backend.js'
import type { CallOptions } from '../facets/call.js'
import type { CallKind } from '../facets/facets.js'
import type { RunCall, RunStream } from '../facets/intercept.js'
import { asRenameError, isRenameError } from '../files/rename-step.js'
import type { Secrets } from '../secrets.js'
import { WrappedBackend } from './wrapped.js'

export class Redacted extends WrappedBackend {
  readonly #secrets: Secrets

  constructor(inner: Backend, secrets: Secrets) {
    super(inner)
    this.#secrets = secrets
  }

  override async around<T>(_kind: CallKind, signal: AbortSignal, run: RunCall<T>): Promise<T> {
    try {
      return await run(signal)
    } catch (error) {
      throw redactedError(error, this.#secrets, signal)
    }
  }

  override async *aroundStream<T>(signal: AbortSignal, run: RunStream<T>): AsyncIterable<T> {
    try {
      yield* run(signal)
    } catch (error) {
      throw redactedError(error, this.#secrets, signal)
    }
  }

  override async health(options: CallOptions): Promise<BackendHealth> {
    const { version } = await super.health(options)
    return { version: this.#secrets.hidden(version) }
  }
}

/** Returns an error whose message has no secret, and without its causes, which `--debug` prints. */
export function redactedError(error: unknown, secrets: Secrets, signal?: AbortSignal): unknown {
  // The caller knows its own reason again.
  if (signal?.aborted === true && error === signal.reason) return error
  const { code, message, details } = toKitError(error)
  const redacted = new KitError(code, secrets.hidden(message), {
    details: details.map((detail) => ({ ...detail, said: secrets.hidden(detail.said) }))
  })
  return isRenameError(error) ? asRenameError(redacted) : redacted
}
