/** Checks the folder to mount at, before anything is started. */
import { mkdirSync, readdirSync, realpathSync } from 'node:fs'
import { resolve, sep } from 'node:path'
import { KitError, systemCode, toKitError } from '../core/errors.js'
import { ifPresent } from '../core/fs-durable.js'
import { ownMounts } from './mountinfo.js'
import { physicalPath } from './physical-path.js'
import { refuseUnsafeFolder } from './unsafe-folder.js'

const isWithin = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)

export interface Mountpoint {
  readonly path: string
  readonly home: string
  /** Whether folders of the system and of other users are meant, too. */
  readonly anyFolder: boolean
}

/**
 * Refuses a mountpoint that would hang or hide files, and creates a missing one.
 * @param path as physicalPath returned it, with any stale mount of this program removed.
 * @throws USAGE naming the folder and the reason.
 */
export function prepareMountpoint({ path, home, anyFolder }: Mountpoint): void {
  if (path.includes('\ufffd'))
    throw new KitError('USAGE', `the path ${path} is not UTF-8; choose another mountpoint`)
  if (!anyFolder) refuseUnsafeFolder(path)
  const realHome = ifPresent(() => realpathSync(home)) ?? resolve(home)
  if (isWithin(realHome, path))
    throw new KitError(
      'USAGE',
      `the home ${realHome} lies inside the mountpoint ${path}; choose another`
    )
  if (isWithin(path, realHome))
    throw new KitError(
      'USAGE',
      `the mountpoint ${path} lies inside the home ${realHome}; choose another`
    )
  let names: string[]
  try {
    names = readdirSync(path)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') {
      mkdirSync(path, { mode: 0o700 })
      return
    }
    if (systemCode(error) === 'ENOTDIR')
      throw new KitError('USAGE', `${path} is not a folder`, { cause: error })
    throw toKitError(error)
  }
  if (names.length > 0)
    throw new KitError(
      'USAGE',
      `${path} is not empty; mount at an empty folder, or move its content away`
    )
}

/**
 * Checks a path that a caller of the engine wants to mount at, as the command did: the caller may be
 * another program. It looks at no path below a mount of ours, which this process may have to serve.
 * @throws EXISTS, USAGE.
 */
export function checkMountRequest(mountpoint: Mountpoint): void {
  const { path } = mountpoint
  const around = ownMounts().find((mount) => isWithin(path, mount.path))
  if (around?.path === path) throw new KitError('EXISTS', `${path} is mounted already`)
  if (around !== undefined)
    throw new KitError('USAGE', `${path} lies inside the mount ${around.path}; choose another`)
  const real = physicalPath(path)
  if (real !== path)
    throw new KitError('USAGE', `${path} leads to ${real}; ask for that path instead`)
  prepareMountpoint(mountpoint)
}
