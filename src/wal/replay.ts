/** Replays the operations of a log: the last state of each counts, so that replaying twice is the same. */
import { isKitError, KitError } from '../core/errors.js'
import { archivesIn } from './layout.js'
import type { LogEntry } from './frame.js'
import { OPERATION } from './kinds.js'
import { decodeOperation, type OperationRecord } from './operation-record.js'
import { readLog } from './read-log.js'

/** An operation, and the LSN of its last state. */
export interface Replayed {
  readonly record: OperationRecord
  readonly lsn: number
}

/** Returns the operations in the order in which they were begun. */
export function replay(entries: Iterable<LogEntry>): Map<string, Replayed> {
  const found = new Map<string, Replayed>()
  for (const { kind, lsn, payload } of entries) {
    if (kind !== OPERATION) continue
    const record = decodeOperation(lsn, payload)
    found.set(record.operation_id, { record, lsn })
  }
  // What was carried to the end of the log may be older than what stands before it.
  return new Map([...found].sort(([, a], [, b]) => a.record.timestamp - b.record.timestamp))
}

/** Returns the LSN from which on the log has what the archives lack. */
export const replayFrom = (folder: string): number => (archivesIn(folder)[0] ?? 0) + 1

/** How often a reader begins again because the owner archives meanwhile. */
const ATTEMPTS = 5

/**
 * Reads the operations that are not archived, without a lock.
 * @throws CORRUPT_FORMAT, UNSUPPORTED.
 */
export function readOperations(folder: string): OperationRecord[] {
  for (let attempt = 1; ; attempt++)
    try {
      const from = replayFrom(folder)
      const found = replay(readLog(folder, from))
      if (replayFrom(folder) !== from) throw archivedMeanwhile(folder)
      return [...found.values()].map(({ record }) => record)
    } catch (error) {
      if (attempt === ATTEMPTS || !isKitError(error, 'STALE')) throw error
    }
}

const archivedMeanwhile = (folder: string): KitError =>
  new KitError('STALE', `the log ${folder} is being archived; try again`)
