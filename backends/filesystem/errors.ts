/** Converts the errors of system calls on a folder. */
import {
  isKitError,
  KitError,
  systemCode,
  toKitError,
  type ErrorCode
} from '../../src/core/errors.js'

/** Errors that say something of the folder itself; any other means that nobody knows. */
const PASSED_ON: ReadonlySet<ErrorCode> = new Set([
  'ACCESS_DENIED',
  'NO_SPACE',
  'QUOTA',
  'READ_ONLY'
])
/**
 * No file of that name is there: ELOOP is what a link answers that is not followed, ENXIO a socket,
 * and ENODEV a device without a driver.
 */
const MISSING: ReadonlySet<string | undefined> = new Set([
  'ENOENT',
  'ENOTDIR',
  'ELOOP',
  'ENXIO',
  'ENODEV'
])

export const isMissing = (error: unknown): boolean => MISSING.has(systemCode(error))

/** The error of a system call below a folder. Errors that are none of the system's pass through. */
export function folderError(error: unknown, path: string): unknown {
  if (isKitError(error) || systemCode(error) === undefined) return error
  const known = toKitError(error)
  return PASSED_ON.has(known.code)
    ? known
    : new KitError('BACKEND_UNAVAILABLE', `${path}: ${known.message}`, { cause: error })
}
