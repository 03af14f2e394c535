/**
 * Where the owner of a home has its lock, its socket and its logs: `run` in the home. A home that
 * cannot be written has them in a folder of its user instead.
 */
import { constants, existsSync, lstatSync, openSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { toHex, utf8 } from '../core/bytes.js'
import { KitError, systemCode, toKitError } from '../core/errors.js'
import { ifPresent, isReadOnly, makeDir } from '../core/fs-durable.js'
import { sha256 } from '../core/hash.js'

/** Longest path of a Unix socket in bytes, less a margin. */
const MAX_SOCKET_PATH = 100

/** Returns the folder, which may not exist yet. */
export function runFolder(home: string): string {
  const own = join(home, 'run')
  return isReadOnly(home) && !isAnothers(own) ? userFolder(home) : own
}

/** Whether the folder in a home is of another user, whose engine has its socket there, or is hidden. */
function isAnothers(folder: string): boolean {
  try {
    return lstatSync(folder).uid !== process.getuid?.()
  } catch (error) {
    return systemCode(error) === 'EACCES'
  }
}

/** Makes the folder. @throws ACCESS_DENIED where it is another user's. */
export function makeRunFolder(home: string): string {
  const folder = runFolder(home)
  makeDir(folder)
  checkUserFolder(home, folder)
  return folder
}

/**
 * Returns where the owner of a home listens.
 * @throws ACCESS_DENIED when that is another user's.
 */
export function socketPath(home: string): string {
  const folder = runFolder(home)
  checkUserFolder(home, folder)
  const path = join(folder, 'socket')
  return Buffer.byteLength(path) <= MAX_SOCKET_PATH ? path : shortened(home, folder)
}

/** The folder outside the home must be of nobody else, as its place is open to others. */
function checkUserFolder(home: string, folder: string): void {
  if (folder === join(home, 'run')) return
  for (const one of [dirname(folder), folder]) {
    const found = ifPresent(() => lstatSync(one))
    if (found === undefined) return
    if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o77) !== 0)
      throw new KitError(
        'ACCESS_DENIED',
        `${one} is not a private folder of this user; remove it, or name a folder of your own in XDG_RUNTIME_DIR`
      )
  }
}

/** Returns the folder of a home among those of this user, by the home's real path. */
function userFolder(home: string): string {
  const real = realPath(home)
  return join(userRoot(), toHex(sha256(utf8(real))).slice(0, 24))
}

function realPath(home: string): string {
  try {
    return realpathSync(home)
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return home
  }
}

/** Folders that systems keep for a user come first: nobody else can make names there. */
function userRoot(): string {
  const uid = process.getuid?.() ?? 0
  const places = [process.env['XDG_RUNTIME_DIR'] ?? '', `/run/user/${uid}`]
  const own = places.find((place) => place.startsWith('/') && isPrivate(place, uid))
  if (own !== undefined) return join(own, 'ipfs-kit')
  // Not the folder that TMPDIR names, which differs between the commands of a user.
  return join(existsSync('/tmp') ? '/tmp' : tmpdir(), `ipfs-kit-${uid}`)
}

function isPrivate(folder: string, uid: number): boolean {
  const found = ifPresent(() => lstatSync(folder))
  return found?.isDirectory() === true && found.uid === uid && (found.mode & 0o22) === 0
}

/** Descriptors of folders whose path is too long, by that path; they stay open. */
const opened = new Map<string, number>()

/** Returns a short path to the socket in a folder with a long one, through a descriptor of it. */
function shortened(home: string, folder: string): string {
  // Elsewhere a descriptor has no path.
  if (process.platform !== 'linux') {
    const other = userFolder(home)
    makeDir(other)
    checkUserFolder(home, other)
    return join(other, 'socket')
  }
  let fd = opened.get(folder)
  if (fd === undefined) {
    fd = openFolder(folder)
    // The path of a socket that nobody listens at.
    if (fd === undefined) return '/proc/self/fd/none/socket'
    opened.set(folder, fd)
  }
  return `/proc/self/fd/${fd}/socket`
}

/** Opens a folder; undefined where there is none. @throws ACCESS_DENIED, IO. */
function openFolder(path: string): number | undefined {
  try {
    return openSync(path, constants.O_DIRECTORY | constants.O_NOFOLLOW)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return undefined
    throw toKitError(error)
  }
}
