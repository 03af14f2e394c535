/** Names of files on a backend: none may lead out of its folder, or into a line of a protocol. */
import { KitError } from '../../src/core/errors.js'
import { printableText } from '../../src/core/printable.js'

/** Bytes of a name, as S3 allows them, and of one part of it, as file systems do. */
const MAX_NAME = 1024
const MAX_PART = 255

/**
 * Checks a name before anything is sent or written: a relative path with `/` between its parts, of
 * which none is empty, `.` or `..`, without control characters such as CR, LF and NUL.
 * @throws INVALID_ARGUMENT.
 */
export function checkFileName(name: string): void {
  const reason = problemOf(name)
  if (reason === undefined) return
  const shown = printableText(name.slice(0, 100))
  throw new KitError('INVALID_ARGUMENT', `"${shown}" is no name for a file: ${reason}`)
}

/** Checks the name of a folder, where the empty one is the top. @throws INVALID_ARGUMENT. */
export function checkFolderName(name: string): void {
  if (name !== '') checkFileName(name)
}

function problemOf(name: string): string | undefined {
  if (Buffer.byteLength(name) > MAX_NAME) return `it is over ${MAX_NAME} bytes long`
  if (hasControls(name)) return 'it holds control characters'
  for (const part of name.split('/')) {
    if (part === '' || part === '.' || part === '..') return `a part of it is "${part}"`
    if (Buffer.byteLength(part) > MAX_PART) return `a part of it is over ${MAX_PART} bytes long`
  }
  return undefined
}

function hasControls(name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i)
    if (code < 0x20 || code === 0x7f) return true
  }
  return false
}
