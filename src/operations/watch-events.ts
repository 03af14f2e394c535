/** Hears what happens in the engine of a home. */
import { setTimeout as delay } from 'node:timers/promises'
import { abortController, onAbort } from '../core/abort.js'
import { KitError } from '../core/errors.js'
import type { EngineEvent, EventChoice } from './events.js'
import type { Run } from './run.js'
import type { Services } from './services.js'

export interface WatchEventsRequest extends EventChoice {
  /** After how many events it ends; by default it does not. `ready` and `gap` do not count. */
  readonly limit?: number | undefined
  /** After how many ms it ends; by default it does not. */
  readonly timeoutMs?: number | undefined
}

/**
 * Yields events as they happen, first of all `ready`; ends with the engine.
 * @throws PATH_NOT_FOUND where no engine runs; BUSY where too many watch; ABORTED.
 */
export async function* watchEvents(
  { engine }: Services,
  { limit = Infinity, timeoutMs, ...choice }: WatchEventsRequest,
  run: Run
): AsyncGenerator<EngineEvent, void, undefined> {
  run.signal.throwIfAborted()
  const end = abortController()
  const stop = onAbort(run.signal, () => end.abort(run.signal.reason))
  const isOver = new KitError('ABORTED', 'the time is over')
  if (timeoutMs !== undefined)
    void delay(timeoutMs, undefined, { signal: end.signal }).then(
      () => end.abort(isOver),
      () => undefined
    )
  let count = 0
  try {
    if (limit === 0) return
    for await (const event of engine.events(choice, end.signal)) {
      yield event
      if (event.type !== 'ready' && event.type !== 'gap' && ++count >= limit) return
    }
  } catch (error) {
    if (error !== isOver) throw error
  } finally {
    stop()
    end.abort()
  }
}
