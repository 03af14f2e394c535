/** What the owner of a home records of work on backends, durably and in order. */
import type { ErrorCode } from '../core/errors.js'
import type { Refusal } from '../pins/admission.js'
import type { MappingChange } from '../pins/mapping-change.js'
import type { LeftBehind } from '../pins/placement.js'
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
  /** Whether nobody asked for what begins: then the tries of it that failed before count. */
  readonly isAutomatic?: boolean | undefined
  /** Names those who run what begins, to the owner that they attend. */
  readonly runner?: string | undefined
  readonly end?: OperationEnd | undefined
  readonly change?: MappingChange | undefined
  /**
   * The mapping as it was read before, null in the place of its row where there was none. The owner merges the change into
   * what the mapping is now, or refuses the beginning. Without it the change is made as it is.
   */
  readonly base?: MappingChange | undefined
  /** What must be left of the pin, where a removal begins: the owner looks at the moment at which it takes it. */
  readonly left?: LeftBehind | undefined
}

/** What became of a step: the id of the operation that it begins, null for one that begins none, or why it does not begin. */
export type Recorded = string | null | Refusal
