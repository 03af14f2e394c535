/** Finds where a path leads, as the kernel would, without asking a mount that may hang. */
import { readlinkSync } from 'node:fs'
import { isAbsolute, sep } from 'node:path'
import { KitError, systemCode, toKitError } from '../core/errors.js'
import { ownMounts } from './mountinfo.js'

/** Most links on one path, as the kernel has it. */
const MAX_LINKS = 40

/**
 * Returns an absolute path without links, `.` and `..`. Its last name need not exist.
 * @throws USAGE where a folder on the way does not exist, or the current folder is gone;
 * LINK_LOOP, ACCESS_DENIED.
 */
export function physicalPath(path: string): string {
  // What lies below a mount of this program is taken as it is, as nobody may be there to answer.
  const mounts = ownMounts().map((mount) => mount.path)
  const isInMount = (here: string): boolean =>
    mounts.some((mount) => here === mount || here.startsWith(mount + sep))
  const rest = namesOf(isAbsolute(path) ? path : `${currentFolder()}${sep}${path}`)
  const done: string[] = []
  let links = 0
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === '..') {
      done.pop()
      continue
    }
    done.push(name)
    const here = sep + done.join(sep)
    const target = isInMount(here) ? undefined : linkAt(here, rest.length === 0)
    if (target === undefined) continue
    if (++links > MAX_LINKS) throw new KitError('LINK_LOOP', `${path} has too many links`)
    done.length = isAbsolute(target) ? 0 : done.length - 1
    rest.unshift(...namesOf(target))
  }
  return sep + done.join(sep)
}

const namesOf = (path: string): string[] =>
  path.split(sep).filter((name) => name !== '' && name !== '.')

function currentFolder(): string {
  try {
    return process.cwd()
  } catch (error) {
    throw new KitError('USAGE', 'the current folder was removed; give an absolute path', {
      cause: error
    })
  }
}

/** Returns the text of a link; undefined for what is none. @throws USAGE, ACCESS_DENIED. */
function linkAt(path: string, isLast: boolean): string | undefined {
  try {
    return readlinkSync(path)
  } catch (error) {
    const code = systemCode(error)
    // ENOTCONN: the folder is a mount whose server has died.
    if (code === 'EINVAL' || code === 'ENOTCONN') return undefined
    if (code === 'ENOENT' && isLast) return undefined
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new KitError(
        'USAGE',
        code === 'ENOENT'
          ? `${path} does not exist, and a mountpoint lies in a folder that does`
          : `${path} does not exist, since what it lies in is not a folder`
      )
    throw toKitError(error)
  }
}
