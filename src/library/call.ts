/**
 * One call of the library: operations get a signal whose reason is a KitError, and whatever they
 * throw reaches the program as a KitError.
 */
import { abortController, onAbort } from '../core/abort.js'
import { KitError, toKitError } from '../core/errors.js'
import type { Operation } from '../operations/operation.js'
import type { Run } from '../operations/run.js'
import type { Services } from '../operations/services.js'

/** Options of every method. */
export interface CallOptions {
  /** Ends the call, which then rejects with the code ABORTED. */
  readonly signal?: AbortSignal
}

/** Runs an operation over the services of a kit. */
export type Call = <Request, Result>(
  operation: Operation<Request, Result>,
  request: Request,
  options: CallOptions
) => Promise<Result>

/** As `Call`, for an operation that yields bytes. */
export type Stream = <Request>(
  operation: (services: Services, request: Request, run: Run) => AsyncIterable<Uint8Array>,
  request: Request,
  options: CallOptions
) => AsyncGenerator<Uint8Array, void, undefined>

export async function runCall<T>(
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>
): Promise<T> {
  const own = linked(signal)
  try {
    return await work(own.signal)
  } catch (error) {
    throw toKitError(error)
  } finally {
    own.release()
  }
}

/** As `runCall`, for a stream; a reader that leaves early ends it. */
export async function* streamCall<T>(
  signal: AbortSignal | undefined,
  open: (signal: AbortSignal) => AsyncIterable<T>
): AsyncGenerator<T, void, undefined> {
  const own = linked(signal)
  try {
    yield* open(own.signal)
  } catch (error) {
    throw toKitError(error)
  } finally {
    own.release()
  }
}

interface LinkedSignal {
  readonly signal: AbortSignal
  /** Removes the listener, as the program's signal may outlive many calls. */
  readonly release: () => void
}

function linked(outer: AbortSignal | undefined): LinkedSignal {
  const inner = abortController()
  if (outer === undefined) return { signal: inner.signal, release: () => undefined }
  const passOn = (): void => inner.abort(abortedError(outer.reason))
  if (outer.aborted) passOn()
  return { signal: inner.signal, release: onAbort(outer, passOn) }
}

const abortedError = (reason: unknown): KitError =>
  reason instanceof KitError
    ? reason
    : new KitError('ABORTED', 'the call was aborted', { cause: reason })
