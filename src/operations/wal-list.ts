/** Lists operations on backends. */
import { isWanted, type OperationFilter, type OperationRecord } from '../wal/operation-record.js'
import { archivedOperations, loggedOperations } from './logged-operations.js'
import type { Operation } from './operation.js'

export interface WalListRequest extends OperationFilter {
  /** Most that are listed, the newest ones; all by default. */
  readonly limit?: number | undefined
  /** Whether archived ones are listed, too. */
  readonly all?: boolean
}

export interface WalListResult {
  /** The newest last. */
  readonly operations: readonly OperationRecord[]
}

/** @throws CORRUPT_FORMAT naming the file. */
export const walList: Operation<WalListRequest, WalListResult> = async ({ home }, request, run) => {
  const { limit = Infinity, all = false } = request
  const found = new Map<string, OperationRecord>()
  const take = (records: readonly OperationRecord[]): void => {
    for (const record of records)
      // One that was archived while we read the log counts once.
      if (isWanted(record, request) && !found.has(record.operation_id))
        found.set(record.operation_id, record)
  }
  take(loggedOperations(home))
  if (all)
    for await (const records of archivedOperations(home)) {
      if (run.signal.aborted) throw run.signal.reason
      take(records)
    }
  const sorted = [...found.values()].sort((a, b) => a.timestamp - b.timestamp)
  return { operations: limit === 0 ? [] : sorted.slice(-limit) }
}
