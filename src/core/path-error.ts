/** The error of a system call, told with the path that people know. */
import { systemCode, toKitError, type KitError } from './errors.js'
import { printable } from './printable.js'

/** What Node adds to the message of a system call: its name and the path that it was given. */
const CALL = /, \w+(?: '.*')?$/s

/** Returns an error that names `path` instead of the path that the system was given. */
export function pathError(error: unknown, path: Uint8Array): KitError {
  const known = toKitError(error, printable(path))
  if (known === error || systemCode(error) === undefined || !(error instanceof Error)) return known
  const named = new Error(error.message.replace(CALL, ''), { cause: error })
  return toKitError(Object.assign(named, { code: systemCode(error) }), printable(path))
}

/** Runs a system call so that its error names the path. */
export function withPath<T>(path: Uint8Array, call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw pathError(error, path)
  }
}
