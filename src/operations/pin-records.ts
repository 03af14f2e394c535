/** What the owner of a home records of work on backends, durably and in order. */
import type { ErrorCode } from '../core/errors.js'
import type { MappingChange } from '../pins/mapping-change.js'
import type { NewOperation, OperationResult } from '../wal/operation-record.js'

export interface OperationEnd {
  readonly id: string
  readonly result: OperationResult | null
  /** Why it failed; null where it is done. */
  readonly error: { readonly code: ErrorCode; readonly message: string } | null
}

/** One step: an operation that begins or ends, and what that changes in a mapping. */
export interface PinRecord {
  readonly begin?: NewOperation | undefined
  readonly end?: OperationEnd | undefined
  readonly change?: MappingChange | undefined
}
