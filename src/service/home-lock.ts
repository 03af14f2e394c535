/**
 * Lets one process own a home at a time. The kernel releases the lock when its holder ends, however
 * it ends.
 */
import { closeSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { isDiskFull } from '../core/errors.js'
import { openOwn } from '../core/fs-durable.js'
import { readTextIfAny } from '../core/read-file.js'
import { tryLock } from '../core/native.js'
import { makeRunFolder, runFolder } from './run-folder.js'

const NAME = 'lock'

/** Bytes of the lock file, which always has as many: so that it needs no room on a full disk. */
const LENGTH = 16

export interface HomeLock {
  release(): void
}

/**
 * Takes the lock of a home. @returns undefined when another process holds it. @throws UNSUPPORTED
 * where the file system has no locks.
 */
export function lockHome(home: string): HomeLock | undefined {
  const fd = openOwn(join(makeRunFolder(home), NAME), 'keep')
  try {
    if (!tryLock(fd, 'exclusive')) {
      closeSync(fd)
      return undefined
    }
    writePid(fd)
  } catch (error) {
    closeSync(fd)
    throw error
  }
  return { release: () => closeSync(fd) }
}

/** Names the owner, for messages: a disk with no room for that is no reason to fail. */
function writePid(fd: number): void {
  try {
    writeSync(fd, `${process.pid}\n`.padStart(LENGTH), 0)
  } catch (error) {
    if (!isDiskFull(error)) throw error
  }
}

/** Returns the process that owns a home, as its lock file names it. */
export function ownerPid(home: string): number | undefined {
  const text = readTextIfAny(join(runFolder(home), NAME))
  const pid = Number.parseInt(text ?? '', 10)
  return Number.isNaN(pid) ? undefined : pid
}
