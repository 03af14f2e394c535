/**
 * Lets one process own a home at a time. The kernel releases the lock when its holder ends, however
 * it ends.
 */
import { closeSync, ftruncateSync, lstatSync, openSync, readFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toHex, utf8 } from '../core/bytes.js'
import { KitError } from '../core/errors.js'
import { makeDir } from '../core/fs-durable.js'
import { sha256 } from '../core/hash.js'
import { tryLock } from '../core/native.js'

export const runFolder = (home: string): string => join(home, 'run')

/** Longest path of a Unix socket in bytes, less a margin. */
const MAX_SOCKET_PATH = 100

/**
 * Returns where the owner of a home listens. A home with a long path has its socket in the
 * temporary folder.
 * @throws ACCESS_DENIED when that folder is another user's.
 */
export function socketPath(home: string): string {
  const path = join(runFolder(home), 'socket')
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH) return path
  const folder = join(tmpdir(), `ipfs-kit-${toHex(sha256(utf8(home))).slice(0, 24)}`)
  makeDir(folder)
  const { uid, mode } = lstatSync(folder)
  if (uid !== process.getuid?.() || (mode & 0o77) !== 0)
    throw new KitError('ACCESS_DENIED', `${folder} belongs to somebody else; remove it`)
  return join(folder, 'socket')
}
const lockPath = (home: string): string => join(runFolder(home), 'lock')

export interface HomeLock {
  release(): void
}

/** Takes the lock of a home. @returns undefined when another process holds it. */
export function lockHome(home: string): HomeLock | undefined {
  makeDir(runFolder(home))
  const fd = openSync(lockPath(home), 'a+', 0o600)
  if (!tryLock(fd, 'exclusive')) {
    closeSync(fd)
    return undefined
  }
  ftruncateSync(fd)
  writeSync(fd, `${process.pid}\n`)
  return { release: () => closeSync(fd) }
}

/** Returns the process that owns a home, as its lock file names it. */
export function ownerPid(home: string): number | undefined {
  const pid = Number.parseInt(readFileSync(lockPath(home), 'utf8'), 10)
  return Number.isNaN(pid) ? undefined : pid
}
