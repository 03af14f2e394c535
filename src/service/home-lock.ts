/** One process owns a home at a time. The kernel drops the lock with its holder, however that ends. */
import {
  closeSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { toHex, utf8 } from '../core/bytes.js'
import { KitError } from '../core/errors.js'
import { ifPresent, makeDir } from '../core/fs-durable.js'
import { sha256 } from '../core/hash.js'
import { tryLock } from '../core/native.js'

export const runFolder = (home: string): string => join(home, 'run')

/** Longest path a unix socket can have, less a margin. */
const MAX_SOCKET_PATH = 100

/** Where the owner of a home listens; a home with a long path has its socket in the temporary folder. */
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

/** A lock whose holder can see that somebody else waits for it. */
export interface CacheLock extends HomeLock {
  isWanted(): boolean
}

/** Take a home; undefined when another process has it. */
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

/** The process that owns a home, as its lock file names it. */
export function ownerPid(home: string): number | undefined {
  const pid = Number.parseInt(readFileSync(lockPath(home), 'utf8'), 10)
  return Number.isNaN(pid) ? undefined : pid
}

/** How often somebody who waits for the cache says so, and how long that counts. */
const SAY_MS = 250
const WANTED_MS = 1000
/** How long somebody who wants the cache waits before he says so to people. */
const NOTE_MS = 2000

/**
 * Take the cache of a home, which one process writes at a time: the engine, or a command that
 * fetches where there is no engine. Waits for whoever has it.
 */
export async function lockCache(
  home: string,
  note: (message: string) => void,
  signal: AbortSignal
): Promise<CacheLock> {
  const folder = join(home, 'cache')
  makeDir(folder)
  const fd = openSync(join(folder, 'lock'), 'a+', 0o600)
  const wanted = join(folder, 'lock.wanted')
  let noteAt = Date.now() + NOTE_MS
  let saidAt = 0
  while (!tryLock(fd, 'exclusive')) {
    if (Date.now() > noteAt) {
      note(`waiting for another process that uses the cache of ${home}…`)
      noteAt = Infinity
    }
    if (Date.now() - saidAt > SAY_MS) {
      writeFileSync(wanted, '')
      saidAt = Date.now()
    }
    await delay(25)
    if (!signal.aborted) continue
    closeSync(fd)
    throw signal.reason
  }
  if (saidAt > 0) rmSync(wanted, { force: true })
  return {
    release: () => closeSync(fd),
    isWanted: () => {
      const saidMs = ifPresent(() => statSync(wanted).mtimeMs)
      return saidMs !== undefined && Date.now() - saidMs < WANTED_MS
    }
  }
}
