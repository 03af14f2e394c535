/** The folder and the processes of one piece of work on tables, which are gone after it. */
import { totalmem } from 'node:os'
import { datasetsFolder } from '../datasets/dataset-files.js'
import { SqlProcesses } from '../query/processes.js'
import { openWorkFolder } from './work-folder.js'

export interface DatasetWork {
  readonly folder: string
  readonly sql: SqlProcesses
}

/** Work of datasets takes as long as it takes; a timer takes no longer time. */
const NO_DEADLINE_MS = 2 ** 31 - 1

export interface OpenDatasetWork extends DatasetWork {
  /** Ends its processes and removes its folder. */
  close(): void
}

export function openDatasetWork(home: string): OpenDatasetWork {
  const { folder, close: remove } = openWorkFolder(datasetsFolder(home))
  const limits = {
    memoryBytes: Math.floor(totalmem() * 0.6),
    maxTemporaryBytes: 2 ** 46,
    deadlineMs: NO_DEADLINE_MS
  }
  const sql = new SqlProcesses({ folder: () => folder, limits })
  const close = (): void => {
    sql.close()
    remove()
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
