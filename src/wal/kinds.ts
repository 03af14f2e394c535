/** The kinds of entries in the log, and who needs them. Numbers are never used again for another kind. */

/** A state of an operation on a backend (operation-record.ts). */
export const OPERATION = 1
/** A change of the pin mappings of a backend. */
export const MAPPING = 2
/** A change of a record of the metadata index. */
export const METADATA = 3

/**
 * The holder whose mark says from which LSN on entries of a kind are still needed. Entries of a kind
 * without a holder, or whose holder has set no mark since the log was opened, are all needed.
 */
export const HOLDER_OF: ReadonlyMap<number, string> = new Map([
  [OPERATION, 'operations'],
  [MAPPING, 'mappings'],
  [METADATA, 'index']
])
