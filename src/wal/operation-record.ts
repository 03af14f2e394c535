/** Operations on backends, as the log and its archives keep them: the names are those of the columns. */
import { textOf, utf8 } from '../core/bytes.js'
import { KitError, type ErrorType } from '../core/errors.js'

export const OPERATION_TYPES = ['store', 'remove', 'replicate', 'verify', 'heal', 'move'] as const
export type OperationType = (typeof OPERATION_TYPES)[number]

/**
 * States: `pending` waits for its time, `running` is tried, `failed` has no tries left, `cancelled` was
 * given up by somebody.
 */
export const OPERATION_STATUSES = [
  'pending',
  'running',
  'completed',
  'failed',
  'cancelled'
] as const
export type OperationStatus = (typeof OPERATION_STATUSES)[number]

export interface OperationResult {
  readonly cid: string | null
  /** Bytes. */
  readonly size: number | null
  /** A path on the backend. */
  readonly destination: string | null
}

/** One operation. Times are ms since 1970. */
export interface OperationRecord {
  readonly operation_id: string
  readonly operation_type: OperationType
  readonly status: OperationStatus
  /** When it was begun. */
  readonly timestamp: number
  readonly updated_at: number
  readonly completed_at: number | null
  readonly backend: string
  /** What is to be done, under names in snake_case; never secrets. */
  readonly parameters: Readonly<Record<string, string>>
  readonly result: OperationResult | null
  /** What the last try failed with. */
  readonly error: string | null
  readonly error_type: ErrorType | null
  /** Tries that failed. */
  readonly retry_count: number
  /** Tries that may fail until it has failed. */
  readonly max_retries: number
  /** When a pending one is due; null for at once. */
  readonly next_retry_at: number | null
}

export interface NewOperation {
  readonly operation_type: OperationType
  readonly backend: string
  readonly parameters: Readonly<Record<string, string>>
  /** Tries that may fail; by default as the policy says. */
  readonly max_retries?: number
}

/** Returns the record of a new operation. @param tries that may fail, where the operation does not say. */
export function newRecord(
  id: string,
  { operation_type, backend, parameters, max_retries }: NewOperation,
  now: number,
  tries: number
): OperationRecord {
  return {
    operation_id: id,
    operation_type,
    status: 'pending',
    timestamp: now,
    updated_at: now,
    completed_at: null,
    backend,
    parameters,
    result: null,
    error: null,
    error_type: null,
    retry_count: 0,
    max_retries: max_retries ?? tries,
    next_retry_at: null
  }
}

export interface OperationFilter {
  readonly status?: OperationStatus | undefined
  readonly type?: OperationType | undefined
  readonly backend?: string | undefined
}

export const isWanted = (
  record: OperationRecord,
  { status, type, backend }: OperationFilter
): boolean =>
  (status === undefined || record.status === status) &&
  (type === undefined || record.operation_type === type) &&
  (backend === undefined || record.backend === backend)

/** Returns whether an operation has ended, however it did. */
export const isFinished = ({ status }: OperationRecord): boolean =>
  status !== 'pending' && status !== 'running'

/** What is said of an operation that another one has left nothing to do for. */
export const replacedBy = (id: string): string => `operation ${id} took its place`

/** Returns whether an operation ended so, and was given up by nobody. */
export const isReplaced = ({ status, error }: OperationRecord): boolean =>
  status === 'cancelled' && /^operation \w+ took its place$/.test(error ?? '')

export const encodeOperation = (record: OperationRecord): Uint8Array => utf8(JSON.stringify(record))

/** Returns whether `retry` takes an operation. */
export const isRetriable = ({ status }: OperationRecord): boolean =>
  status === 'pending' || status === 'failed' || status === 'cancelled'

/** Returns whether `cancel` takes an operation. */
export const isCancellable = ({ status }: OperationRecord): boolean =>
  status === 'pending' || status === 'running' || status === 'failed'

/** Kinds of work on a copy: one that is tried again carries on what is of its kind. */
export type WorkKind = 'verify' | 'remove' | 'place'

export const kindOf = ({
  operation_type: type
}: Pick<OperationRecord, 'operation_type'>): WorkKind =>
  type === 'verify' || type === 'remove' ? type : 'place'

/** Returns whether one that begins leaves nothing to do for one that waits or failed: a copy is to be, or to go. */
export const isEndedByBeginning = (waiting: OperationRecord, begun: OperationRecord): boolean =>
  kindOf(waiting) === kindOf(begun) || (kindOf(waiting) !== 'verify' && kindOf(begun) !== 'verify')

/** Returns whether one that is done leaves nothing to do for one that waits or failed. */
export const isEndedByEnd = (waiting: OperationRecord, done: OperationRecord): boolean =>
  kindOf(done) === 'verify' ? kindOf(waiting) !== 'remove' : true

/** @throws CORRUPT_FORMAT naming the entry. */
export function decodeOperation(lsn: number, payload: Uint8Array): OperationRecord {
  try {
    const record = JSON.parse(textOf(payload) ?? '') as OperationRecord
    if (typeof record.operation_id === 'string' && OPERATION_STATUSES.includes(record.status))
      return record
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new KitError('CORRUPT_FORMAT', `entry ${lsn} of the log is no operation; upgrade ipfs-kit`)
}
