/** Removes from backends what uploads left there whose process was killed. */
import { isKitError, toKitError } from '../core/errors.js'
import type { PinBackends } from './pin-backends.js'
import type { Run } from './run.js'

/** No upload stands still for so long, and no clock of another machine is off by more. */
const GRACE_MS = 24 * 3_600_000

/**
 * @param names of backends. One that does not answer keeps what is there, and is told of.
 * @returns how many files were removed.
 */
export async function sweepLeftovers(
  backends: PinBackends,
  names: Iterable<string>,
  run: Run
): Promise<number> {
  const before = Date.now() - GRACE_MS
  let count = 0
  for (const name of names)
    try {
      const { facets } = await backends.backend(name)
      count += (await facets.leftovers?.sweep(before, { signal: run.signal })) ?? 0
    } catch (error) {
      run.signal.throwIfAborted()
      if (!isKitError(error)) throw error
      run.warn(`${name} keeps what killed uploads left there: ${toKitError(error).message}`)
    }
  return count
}
