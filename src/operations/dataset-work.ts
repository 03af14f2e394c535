/** The folder and the processes of one piece of work on tables, which are gone after it. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { makeDir } from '../core/fs-durable.js'
import { datasetsFolder } from '../datasets/dataset-files.js'
import { SqlProcesses } from '../query/processes.js'

export interface DatasetWork {
  readonly folder: string
  readonly sql: SqlProcesses
}

const WORK = '.work-'
/** Work of datasets takes as long as it takes; a timer takes no longer time. */
const NO_DEADLINE_MS = 2 ** 31 - 1

export interface OpenDatasetWork extends DatasetWork {
  /** Ends its processes and removes its folder. */
  close(): void
}

export function openDatasetWork(home: string): OpenDatasetWork {
  const all = datasetsFolder(home)
  makeDir(all)
  removeLeftOver(all)
  const folder = mkdtempSync(join(all, `${WORK}${process.pid}-`))
  const limits = {
    memoryBytes: Math.floor(totalmem() * 0.6),
    maxTemporaryBytes: 2 ** 46,
    deadlineMs: NO_DEADLINE_MS
  }
  const sql = new SqlProcesses({ folder: () => folder, limits })
  const close = (): void => {
    sql.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return { folder, sql, close }
}

export async function withDatasetWork<T>(
  home: string,
  use: (work: DatasetWork) => Promise<T>
): Promise<T> {
  const work = openDatasetWork(home)
  try {
    return await use(work)
  } finally {
    work.close()
  }
}

/** Removes the folders of processes that were killed. */
function removeLeftOver(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = new RegExp(`^\\${WORK}(\\d+)-`).exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(folder, name), { recursive: true, force: true }) // prettier-ignore
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
