/** Changes of mappings as the log holds them. Their bytes are JSON, so that people can read them there. */
import { KitError } from '../core/errors.js'
import { COLUMNS, type Row } from './mapping.js'

export interface MappingChange {
  readonly backend: string
  readonly cid: string
  /** What the mapping is from now on; null where it is removed. */
  readonly row: Row | null
}

/** A change as the log holds it. */
export interface LoggedChange extends MappingChange {
  /**
   * The id of the backend, by which it is told from a later one of the same name. Empty for one that has none; null
   * where nobody could tell.
   */
  readonly id: string | null
}

export const encodeChange = ({ backend, id, cid, row }: LoggedChange): Uint8Array =>
  Buffer.from(JSON.stringify({ backend, ...(id === '' ? {} : { id }), cid, row }))

/** @throws CORRUPT_FORMAT for an entry of another shape. */
export function decodeChange(payload: Uint8Array): LoggedChange {
  const { backend, id = '', cid, row } = parsed(payload)
  if (typeof backend === 'string' && typeof cid === 'string' && isId(id)) {
    if (row === null) return { backend, id, cid, row }
    if (isRow(row)) return { backend, id, cid, row }
  }
  throw new KitError('CORRUPT_FORMAT', 'an entry of the log is no change of a pin mapping')
}

/** Whether a change is one of a backend, and not of an earlier one of its name, as far as that can be told. */
export const isChangeOf = (change: LoggedChange, id: string | null): boolean =>
  change.id === null || id === null || change.id === id

const isId = (value: unknown): value is string | null => value === null || typeof value === 'string'

function parsed(payload: Uint8Array): Partial<Record<keyof LoggedChange, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(payload).toString('utf8'))
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Refused by the caller.
  }
  return {}
}

const isRow = (value: unknown): value is Row =>
  typeof value === 'object' &&
  value !== null &&
  COLUMNS.every((column) => typeof (value as Partial<Row>)[column] === 'string')
