/** The time of an upload whose pieces are gathered first, and sent as one. */
import { abortion, onAbort } from '../../src/core/abort.js'
import { KitError } from '../../src/core/errors.js'
import { Countdown, whileTimeStands } from '../call-time.js'

/** Sending one blob may take so long; a slow line sends 32 MiB in it at 110 KB/s. */
export const BLOB_MS = 300_000

/**
 * Runs an upload whose time is that of its blobs, and not of a call: nothing is heard of it while
 * one is sent. It ends where nothing goes on for longer than that.
 * @param run is given what tells that it goes on.
 * @throws TIMEOUT, the signal's reason.
 */
export async function withUploadTime<T>(
  signal: AbortSignal,
  run: (signal: AbortSignal, goesOn: () => void) => Promise<T>,
  ms = BLOB_MS
): Promise<T> {
  const end = new AbortController()
  const late = new KitError('TIMEOUT', `Storacha: nothing went on with an upload for ${ms / 1000} s`) // prettier-ignore
  const countdown = new Countdown(ms, () => end.abort(late))
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
