/**
 * The time of a step of a call of which nothing is heard until it is over, such as a disk that takes
 * in a long file, or a blob that is sent as one.
 */
import { abortion, onAbort } from '../src/core/abort.js'
import { KitError } from '../src/core/errors.js'
import { Countdown, shareCallTime, whileTimeStands } from './call-time.js'
import type { FileContent } from './facets/named-files.js'

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

/**
 * Runs an upload whose answer may take long once all is sent, such as that of a server which sends
 * it on to somebody else: from then on its time is that of a step.
 * @throws TIMEOUT, the signal's reason.
 */
export async function withLongAnswer<T>(
  signal: AbortSignal,
  what: string,
  content: FileContent,
  run: (signal: AbortSignal, content: FileContent) => Promise<T>,
  ms = STEP_MS
): Promise<T> {
  const end = new AbortController()
  shareCallTime(signal, end.signal)
  const late = new KitError('TIMEOUT', `${what}: all is sent, and no answer came within ${ms / 1000} s`) // prettier-ignore
  const countdown = new Countdown(ms, () => end.abort(late))
  let isAnswered: () => void = () => undefined
  let isOver = false
  const told: FileContent = async function* () {
    // It may be sent again.
    countdown.disarm()
    isAnswered()
    yield* content()
    if (isOver) return
    countdown.arm()
    void whileTimeStands(signal, () => new Promise<void>((resolve) => (isAnswered = resolve)))
  }
  const release = onAbort(signal, () => end.abort(signal.reason))
  const { aborted, end: leave } = abortion(end.signal)
  try {
    if (signal.aborted) throw signal.reason
    return await Promise.race([run(end.signal, told), aborted])
  } finally {
    isOver = true
    isAnswered()
    countdown.disarm()
    leave()
    release()
  }
}
