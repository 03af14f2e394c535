/** One process writes the cache of a home at a time. Whoever waits for it says so, and its holder can see that. */
import { closeSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ifPresent, makeDir } from '../core/fs-durable.js'
import { tryLock } from '../core/native.js'

/** A lock whose holder can see that somebody else waits for it. */
export interface CacheLock {
  release(): void
  isWanted(): boolean
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
