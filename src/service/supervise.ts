/** The supervisor process. It loads as little as can be: a mount waits for it. */
import { createHash } from 'node:crypto'
import { openSync } from 'node:fs'
import { join } from 'node:path'
import { makeDir } from '../core/fs-durable.js'
import { supervise } from '../mount/supervisor.js'
import { fromArguments } from './engine-process.js'
import { runFolder } from './home-lock.js'
import { MAIN_SCRIPT } from './main-script.js'

/** Longest mountpoint that a log is named by. */
const MAX_NAME = 100

/** @param args as the engine takes them. @returns exit code. */
export async function runSupervisor(args: readonly string[]): Promise<number> {
  const { home, mount } = fromArguments(args)
  const folder = runFolder(home)
  makeDir(folder)
  const name = mount === null ? 'engine' : `mount-${logName(mount.path)}`
  const log = openSync(join(folder, `${name}.log`), 'a', 0o600)
  return await supervise({
    script: MAIN_SCRIPT,
    args: ['engine', ...args],
    log,
    onMessage: (message) => {
      if (process.connected) process.send!(message)
    }
  })
}

function logName(path: string): string {
  const words = path.replace(/^\//, '').replaceAll('/', '-')
  if (words.length <= MAX_NAME) return words
  return createHash('sha256').update(path).digest('hex').slice(0, 32)
}
