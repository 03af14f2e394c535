/** Reads small files of a home, with errors that name the file and say what to do. */
import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { isKitError, KitError, systemCode, toKitError, type ErrorCode } from './errors.js'

/** Flags that neither wait for the other end of a pipe in a file's place nor take a terminal there. */
export const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY

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
      return new KitError('ACCESS_DENIED', closedText(path), { cause: error })
    default:
      return toKitError(error, path)
  }
}

/** Returns what to do about a path that this user may not open; only its owner can change a mode. */
function closedText(path: string): string {
  const { at, uid, isFolder } = closedPart(path)
  const what = `${at} is closed to this user`
  if (uid === 0 && process.geteuid?.() !== 0)
    return `${what} and belongs to root; run this as root, or choose another place`
  if (uid !== undefined && uid !== process.geteuid?.())
    return `${what} and belongs to another user (uid ${uid}); run this as that user, or choose another place`
  return `${what}; give yourself access with \`chmod ${isFolder ? 'u+rwx' : 'u+rw'} ${at}\``
}

interface Part {
  readonly at: string
  /** Its owner; undefined where that cannot be told. */
  readonly uid: number | undefined
  readonly isFolder: boolean
}

/** Returns the path, or the folder above that keeps it from being looked at or made. */
function closedPart(path: string): Part {
  for (let at = path; ; at = dirname(at))
    try {
      const stat = statSync(at)
      return { at, uid: stat.uid, isFolder: stat.isDirectory() }
    } catch {
      if (at === dirname(at)) return { at: path, uid: undefined, isFolder: false }
    }
}
