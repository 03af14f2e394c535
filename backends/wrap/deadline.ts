/**
 * Every call ends in time: one that takes longer is TIMEOUT, and so is a stream or an upload that
 * stands still.
 */
import { abortion, onAbort } from '../../src/core/abort.js'
import { KitError } from '../../src/core/errors.js'
import type { Backend } from '../backend.js'
import { Countdown } from '../call-time.js'
import type { RunCall, RunStream } from '../facets/intercept.js'
import type { CallKind } from '../facets/facets.js'
import { WrappedBackend } from './wrapped.js'

/** A search for a name is given up sooner: whoever lists names waits for all of them. */
const NAME_MS = 3000

export class Deadline extends WrappedBackend {
  readonly #ms: number

  /** @param ms of one call, and between two pieces of a stream or an upload. */
  constructor(inner: Backend, ms: number) {
    super(inner)
    this.#ms = ms
  }

  #late(ms: number): KitError {
    return new KitError('TIMEOUT', `backend ${this.name} did not answer within ${ms / 1000} s`)
  }

  override async around<T>(kind: CallKind, signal: AbortSignal, run: RunCall<T>): Promise<T> {
    const end = new AbortController()
    const ms = kind === 'name' ? Math.min(NAME_MS, this.#ms) : this.#ms
    const countdown = new Countdown(ms, () => end.abort(this.#late(ms)))
    // A search for a name, or a health check, is not worth a wait for a host that rests.
    if (kind !== 'name' && kind !== 'health') countdown.pausableBy(end.signal)
    countdown.arm()
    const release = onAbort(signal, () => end.abort(signal.reason))
    try {
      if (signal.aborted) throw signal.reason
      // The race ends the call even where something below does not hear the signal.
      return await Promise.race([
        run(end.signal, () => countdown.arm()),
        abortion(end.signal).aborted
      ])
    } finally {
      countdown.disarm()
      release()
    }
  }

  override async *aroundStream<T>(signal: AbortSignal, run: RunStream<T>): AsyncIterable<T> {
    const end = new AbortController()
    // Each piece has a promise of its own: those that lose a race against one that lives on leak.
    let give: ((reason: unknown) => void) | undefined
    const stop = (reason: unknown): void => {
      end.abort(reason)
      give?.(reason)
    }
    const release = onAbort(signal, () => stop(signal.reason))
    const countdown = new Countdown(this.#ms, () => stop(this.#late(this.#ms))).pausableBy(
      end.signal
    )
    const pieces = run(end.signal)[Symbol.asyncIterator]()
    try {
      if (signal.aborted) throw signal.reason
      for (;;) {
        // The time runs only while a piece is awaited, and not while the reader holds one.
        countdown.arm()
        const next = await new Promise<IteratorResult<T>>((resolve, reject) => {
          give = reject
          pieces.next().then(resolve, reject)
        }).finally(() => countdown.disarm())
        give = undefined
        if (next.done === true) return
        yield next.value
      }
    } finally {
      release()
      end.abort(new KitError('ABORTED', 'nobody reads on'))
      void pieces.return?.().catch(() => undefined)
    }
  }
}
