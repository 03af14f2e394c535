/**
 * New files and folders, which get their name when they are complete. The name must be free: what
 * somebody else made meanwhile is never replaced.
 */
import { randomUUID } from 'node:crypto'
import { linkSync, lstatSync, mkdirSync, renameSync, rmdirSync, unlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { getSystemErrorName } from 'node:util'
import { KitError, systemCode } from './errors.js'
import { lastErrno, libcFunction } from './native.js'
import { withPath } from './path-error.js'
import { printable } from './printable.js'

/** Modes until something is complete: nobody else reads or enters it. */
export const PRIVATE_FILE = 0o600
export const PRIVATE_FOLDER = 0o700

/** Returns a name beside a path, for what is being made. */
export const temporaryBeside = (path: string): string =>
  join(dirname(path), `.ipfs-kit-${randomUUID()}.tmp`)

/** Returns the mode that a file or folder has where nothing else is said. */
export const usualMode = (type: 'file' | 'directory'): number =>
  (type === 'directory' ? 0o777 : 0o666) & ~process.umask()

/**
 * Renames a file, folder or link to a name that is free, atomically.
 * @throws EXISTS where it is not free.
 */
export function renameToNew(from: string, to: string): void {
  withPath(Buffer.from(to), () => {
    try {
      if (!renameNoReplace(from, to)) renameByClaim(from, to)
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error
      throw new KitError('EXISTS', `${printable(Buffer.from(to))} exists already; choose another name with -o`, { cause: error }) // prettier-ignore
    }
  })
}

const AT_FDCWD = -100
const RENAME_NOREPLACE = 1
/** Errors of file systems that know no flags of renames. */
const UNKNOWN_FLAG: ReadonlySet<string> = new Set(['EINVAL', 'ENOSYS', 'EOPNOTSUPP'])

/** @returns false where the file system cannot. @throws the error of the system. */
function renameNoReplace(from: string, to: string): boolean {
  if (process.platform !== 'linux') return false
  const rename = libcFunction(
    'int renameat2(int olddir, const char *from, int newdir, const char *to, unsigned int flags)'
  )
  if (rename(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) === 0) return true
  const code = getSystemErrorName(-lastErrno())
  if (UNKNOWN_FLAG.has(code)) return false
  throw Object.assign(new Error(`${code}: rename failed`), { code })
}

/** Takes the name by a call that fails where it is not free: an empty folder, or a hard link. */
export function renameByClaim(from: string, to: string): void {
  if (!lstatSync(from).isDirectory()) {
    linkSync(from, to)
    unlinkSync(from)
    return
  }
  mkdirSync(to, { mode: PRIVATE_FOLDER })
  try {
    // It replaces a folder that is empty, and no other.
    renameSync(from, to)
  } catch (error) {
    rmdirSync(to)
    throw error
  }
}
