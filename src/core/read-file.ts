/** Reads small files of a home, with errors that name the file and say what to do. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { isKitError, KitError, systemCode, toKitError, type ErrorCode } from './errors.js'

/** Flags that do not wait for the other end of a pipe that somebody put in a file's place. */
export const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK

/**
 * Returns the bytes of a file; undefined where there is none.
 * @param mend says what to do after something else was moved out of its place.
 * @param code of the error where something else stands there.
 * @throws ACCESS_DENIED, IO.
 */
export function readFileIfAny(
  path: string,
  mend: string,
  code: ErrorCode = 'CORRUPT_FORMAT'
): Buffer | undefined {
  let fd: number
  try {
    fd = openSync(path, READ_FLAGS)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw openFailure(path, mend, error)
  }
  try {
    if (!fstatSync(fd).isFile()) throw noFile(path, mend, code)
    return readFileSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Returns the text of a file; undefined for whatever cannot be read as one. */
export function readTextIfAny(path: string): string | undefined {
  try {
    return readFileIfAny(path, 'try again')?.toString('utf8')
  } catch (error) {
    if (isKitError(error)) return undefined
    throw error
  }
}

/** Returns the error for something that stands where a file should. */
export const noFile = (path: string, mend: string, code: ErrorCode = 'CORRUPT_FORMAT'): KitError =>
  new KitError(code, `${path} is no file; move it away, then ${mend}`)

/** Returns what to say of a file that cannot be opened. */
export function openFailure(path: string, mend: string, error: unknown): KitError {
  switch (systemCode(error)) {
    case 'ENXIO':
    case 'EISDIR':
    case 'ENOTDIR':
      return noFile(path, mend)
    case 'EACCES':
    case 'EPERM':
      return new KitError(
        'ACCESS_DENIED',
        `${path} is closed to this user; give yourself access with \`chmod u+rw ${path}\``,
        { cause: error }
      )
    default:
      return toKitError(error, path)
  }
}
