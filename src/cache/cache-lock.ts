/**
 * The lock of a home's cache, which one process writes at a time. A waiting process announces
 * itself, so that the holder can release the cache early.
 */
import { closeSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isDiskFull, KitError } from '../core/errors.js'
import { ifPresent, isReadOnly, makeDir, openOwn } from '../core/fs-durable.js'
import { tryLock } from '../core/native.js'

/** A held lock. */
export interface CacheLock {
  release(): void
  /** Whether another process is waiting for it. */
  isWanted(): boolean
}

/** Interval at which a waiting process touches the file `lock.wanted`. */
const ANNOUNCE_MS = 250
/** Age up to which `lock.wanted` counts: four announcements, so that one may come late. */
const WANTED_MS = 1000
/** Wait after which the user is told. */
const NOTE_MS = 2000

/**
 * Takes the lock, waiting for its holder: an engine, or a command that fetches without one.
 * @param note is called once if the wait is long.
 * @throws the reason of the signal, if it aborts the wait.
 */
export async function lockCache(
  home: string,
  note: (message: string) => void,
  signal: AbortSignal
): Promise<CacheLock> {
  if (isReadOnly(home))
    throw new KitError('READ_ONLY', `the home ${home} cannot be written, so nothing can be fetched into its cache`) // prettier-ignore
  const folder = join(home, 'cache')
  makeDir(folder)
  const fd = openOwn(join(folder, 'lock'), 'append')
  const wanted = join(folder, 'lock.wanted')
  let noteAt = Date.now() + NOTE_MS
  let announcedAt = 0
  while (!tryLock(fd, 'exclusive')) {
    if (Date.now() > noteAt) {
      note(`waiting for another process that uses the cache of ${home}…`)
      noteAt = Infinity
    }
    if (Date.now() - announcedAt > ANNOUNCE_MS) {
      announce(wanted)
      announcedAt = Date.now()
    }
    await delay(25)
    if (!signal.aborted) continue
    closeSync(fd)
    throw signal.reason
  }
  if (announcedAt > 0) rmSync(wanted, { force: true })
  return {
    release: () => closeSync(fd),
    isWanted: () => {
      const announcedMs = ifPresent(() => statSync(wanted).mtimeMs)
      return announcedMs !== undefined && Date.now() - announcedMs < WANTED_MS
    }
  }
}

/** Touches the file by which a process says that it waits; a full disk only makes the wait longer. */
function announce(path: string): void {
  try {
    closeSync(openOwn(path, 'replace'))
    utimesSync(path, new Date(), new Date())
  } catch (error) {
    if (!isDiskFull(error)) throw error
  }
}
