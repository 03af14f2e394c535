/** Files that processes left behind which were killed while they wrote. */
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ifPresent } from '../core/fs-durable.js'
import { systemCode } from '../core/errors.js'
import { ipcFolder, versionsFolder } from './layout.js'

/** Temporary names end in the process that writes. */
const TEMPORARY = /\.(\d+)\.tmp$/

/** Removes those of processes that are gone; a process that has the number of one by chance keeps its file. */
export function removeUnfinished(home: string): void {
  for (const folder of [ipcFolder(home), versionsFolder(home)])
    for (const name of ifPresent(() => readdirSync(folder)) ?? []) {
      const pid = TEMPORARY.exec(name)?.[1]
      if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(folder, name), { force: true })
    }
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemCode(error) !== 'ESRCH'
  }
}
