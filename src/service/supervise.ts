/** The supervisor process. It imports as little as possible, because a mount waits for it. */
import { createHash } from 'node:crypto'
import { lstatSync, openSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { isDiskFull } from '../core/errors.js'
import { ifPresent, openOwn } from '../core/fs-durable.js'
import type { LogChoice } from '../core/log.js'
import { supervise } from '../mount/supervisor.js'
import { fromArguments, lossText } from './engine-process.js'
import { MAIN_SCRIPT } from '../core/main-script.js'
import { makeRunFolder } from './run-folder.js'

/** Longest mountpoint that names a log file as it is. */
const MAX_LOG_NAME = 100
/** Bytes from which a log is begun anew when an engine starts. */
const MAX_LOG_BYTES = 4 << 20

/** Runs until the engine ends. @param args as for the engine. @returns the exit code. */
export async function runSupervisor(args: readonly string[]): Promise<number> {
  const { home, mount, settings } = fromArguments(args)
  const name = mount === null ? 'engine' : `mount-${logName(mount.path)}`
  const log = openLog(join(makeRunFolder(home), `${name}.log`))
  const { code, loss } = await supervise({
    script: MAIN_SCRIPT,
    args: ['engine', ...args],
    log,
    onMessage: (message) => {
      if (process.connected) process.send!(message)
    }
  })
  if (loss !== undefined) await tellLoss(lossText(home, loss), log, settings.log)
  return code
}

/** Writes into the log of the engine what it cannot write any more. */
async function tellLoss(message: string, log: number, choice: LogChoice): Promise<void> {
  const { makeLog } = await import('../core/log.js')
  const write = (line: string): void => {
    try {
      writeSync(log, line)
    } catch {
      // A full disk; the mounts are gone nevertheless.
    }
  }
  makeLog({ ...choice, write }).error(message)
}

/** Opens the log; a disk with no room for its file is no reason to be without the mount. */
function openLog(path: string): number {
  try {
    rotate(path)
    return openOwn(path, 'append')
  } catch (error) {
    if (!isDiskFull(error)) throw error
    return openSync('/dev/null', 'w')
  }
}

/** Keeps a log that has grown as `.1`, so that no more than two of them lie there. */
function rotate(path: string): void {
  const size = ifPresent(() => lstatSync(path).size) ?? 0
  if (size > MAX_LOG_BYTES) renameSync(path, `${path}.1`)
}

/** Returns the name of a mount's log: its path in words, or a hash where that is too long. */
function logName(path: string): string {
  const words = path.replace(/^\//, '').replaceAll('/', '-')
  if (words.length <= MAX_LOG_NAME) return words
  return createHash('sha256').update(path).digest('hex').slice(0, 32)
}
