/** A folder for the files of one piece of work. Those of processes that were killed are removed by the next work. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeDir } from '../core/fs-durable.js'

const WORK = '.work-'

export interface WorkFolder {
  readonly folder: string
  /** Removes it. */
  readonly close: () => void
}

/** @param parent is made where it is missing. */
export function openWorkFolder(parent: string): WorkFolder {
  makeDir(parent)
  removeLeftOver(parent)
  const folder = mkdtempSync(join(parent, `${WORK}${process.pid}-`))
  return { folder, close: () => rmSync(folder, { recursive: true, force: true }) }
}

function removeLeftOver(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = new RegExp(`^\\${WORK}(\\d+)-`).exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(parent, name), { recursive: true, force: true }) // prettier-ignore
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
