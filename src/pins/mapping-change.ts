/** Changes of mappings as the log holds them. Their bytes are JSON, so that people can read them there. */
import { KitError } from '../core/errors.js'
import { COLUMNS, type Row } from './mapping.js'

export interface MappingChange {
  readonly backend: string
  readonly cid: string
  /** What the mapping is from now on; null where it is removed. */
  readonly row: Row | null
}

export const encodeChange = (change: MappingChange): Uint8Array =>
  Buffer.from(JSON.stringify(change))

/** @throws CORRUPT_FORMAT for an entry of another shape. */
export function decodeChange(payload: Uint8Array): MappingChange {
  const { backend, cid, row } = parsed(payload)
  if (typeof backend === 'string' && typeof cid === 'string') {
    if (row === null) return { backend, cid, row }
    if (isRow(row)) return { backend, cid, row }
  }
  throw new KitError('CORRUPT_FORMAT', 'an entry of the log is no change of a pin mapping')
}

function parsed(payload: Uint8Array): Partial<Record<keyof MappingChange, unknown>> {
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
