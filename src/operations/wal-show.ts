/** Shows all of one operation on a backend. */
import type { OperationRecord } from '../wal/operation-record.js'
import { findOperation } from './logged-operations.js'
import type { Operation } from './operation.js'

export interface WalShowRequest {
  /** The beginning of an id. */
  readonly id: string
}

/** @throws PATH_NOT_FOUND, INVALID_ARGUMENT where several begin so, CORRUPT_FORMAT. */
export const walShow: Operation<WalShowRequest, OperationRecord> = ({ home }, { id }) =>
  findOperation(home, id)
