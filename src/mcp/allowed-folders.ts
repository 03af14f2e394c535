/** The folders of this machine that an assistant may have added from: none unless the user names some. */
import { realpathSync } from 'node:fs'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { KitError, toKitError } from '../core/errors.js'

export interface AllowedFolders {
  /** Returns the real path of what may be read. @throws ACCESS_DENIED, PATH_NOT_FOUND. */
  allow(path: string): string
}

export interface FolderLimits {
  /** Folders that the user named. */
  readonly roots: readonly string[]
  /** Folders that the client says it works in, of which nothing outside is read; undefined for no limit. */
  readonly narrowed: readonly string[] | undefined
  /** The home, whose files have secrets in them. */
  readonly home: string
}

export const allowedFolders = ({ roots, narrowed, home }: FolderLimits): AllowedFolders => ({
  allow: (path) => {
    if (roots.length === 0)
      throw new KitError('ACCESS_DENIED', 'no folder of this machine may be read; the user allows one with `ipfs-kit mcp --root DIR`, or give the content itself') // prettier-ignore
    if (!isAbsolute(path))
      throw new KitError('INVALID_ARGUMENT', `${path} must be an absolute path`)
    const limits = [roots, ...(narrowed === undefined ? [] : [narrowed])]
    const isAllowed = (one: string): boolean =>
      limits.every((folders) => folders.some((folder) => isOpen(one, folder)))
    // Of a path outside nothing is told, not even whether it exists.
    if (!isAllowed(resolve(path))) throw outside(path)
    const real = realPath(path)
    const own = realOf(home)
    if (!isAllowed(real) || isWithin(real, own) || isWithin(own, real)) throw outside(path)
    return real
  }
})

const outside = (path: string): KitError =>
  new KitError('ACCESS_DENIED', `${path} may not be read: it lies outside the folders that are allowed, or is hidden`) // prettier-ignore

/** @throws PATH_NOT_FOUND. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    throw toKitError(error, path)
  }
}

/** A folder that is not there allows nothing that is. */
function realOf(folder: string): string {
  try {
    return realpathSync(folder)
  } catch {
    return resolve(folder)
  }
}

/** Hidden files inside a folder are settings and secrets, which no one means by the folder. */
const isOpen = (path: string, folder: string): boolean =>
  [folder, realOf(folder)].some(
    (one) => isWithin(path, one) && !/(^|\/)\./.test(relative(one, path))
  )

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way))
}
