/**
 * The time of a step of a call of which nothing is heard until it is over, such as a disk that takes
 * in a long file, or a blob that is sent as one.
 */
import { abortion, onAbort } from '../src/core/abort.js'
import { KitError } from '../src/core/errors.js'
import { Countdown, whileTimeStands } from './call-time.js'

/** One step may take so long; a slow line or disk takes 32 MiB in it at 110 KB/s. */
export const STEP_MS = 300_000

/**
 * Runs a step whose time is its own, and not that of the call, which stands still meanwhile. It ends
 * where nothing goes on for longer than that.
 * @param what goes on, for the message.
 * @param run is given a signal that ends with the step, and what tells that it goes on.
 * @throws TIMEOUT, the signal's reason.
 */
export async function withStepTime<T>(
  signal: AbortSignal,
  what: string,
  run: (signal: AbortSignal, goesOn: () => void) => Promise<T>,
  ms = STEP_MS
): Promise<T> {
  const end = new AbortController()
  const late = new KitError('TIMEOUT', `${what}: nothing went on for ${ms / 1000} s`)
  const countdown = new Countdown(ms, () => end.abort(late)).pausableBy(end.signal)
  const release = onAbort(signal, () => end.abort(signal.reason))
  const { aborted, end: leave } = abortion(end.signal)
  try {
    return await whileTimeStands(signal, () => {
      countdown.arm()
      return Promise.race([run(end.signal, () => countdown.arm()), aborted])
    })
  } finally {
    countdown.disarm()
    leave()
    release()
  }
}
