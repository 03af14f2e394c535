/** Reports how many operations on backends wait, run and failed, and the size of their log. */
import { statSync } from 'node:fs'
import { ifPresent } from '../core/fs-durable.js'
import { archivePath, archivesIn, logFolder } from '../wal/layout.js'
import type { OperationStatus } from '../wal/operation-record.js'
import { segmentsIn } from '../wal/segment.js'
import { loggedOperations } from './logged-operations.js'
import type { Operation } from './operation.js'

interface Files {
  readonly files: number
  readonly bytes: number
}

export interface WalStatusResult {
  /** Operations that are not archived. */
  readonly operations: Readonly<Record<OperationStatus, number>>
  /** When the next pending one is due, ms since 1970: 0 for at once, null where none waits. */
  readonly nextDue: number | null
  readonly log: Files
  readonly archives: Files
}

/** @throws CORRUPT_FORMAT naming file and offset. */
export const walStatus: Operation<Record<string, never>, WalStatusResult> = async ({ home }) => {
  const folder = logFolder(home)
  const operations = { pending: 0, running: 0, completed: 0, failed: 0, cancelled: 0 }
  let nextDue: number | null = null
  for (const { status, next_retry_at: at } of loggedOperations(home)) {
    operations[status]++
    if (status === 'pending') nextDue = Math.min(nextDue ?? Infinity, at ?? 0)
  }
  return {
    operations,
    nextDue,
    log: sizeOf(segmentsIn(folder).map(({ path }) => path)),
    archives: sizeOf(archivesIn(folder).map((through) => archivePath(folder, through)))
  }
}

function sizeOf(paths: readonly string[]): Files {
  const sizes = paths.map((path) => ifPresent(() => statSync(path).size) ?? 0)
  return { files: paths.length, bytes: sizes.reduce((sum, size) => sum + size, 0) }
}
