/** Changes of mappings as the log holds them. Their bytes are JSON, so that `wal show` can tell them. */
import { KitError } from '../core/errors.js'
import { COLUMNS, type Row } from './mapping.js'

export type MappingChange =
  | { readonly backend: string; readonly put: Row }
  | { readonly backend: string; readonly remove: string }

export const encodeChange = (change: MappingChange): Uint8Array =>
  Buffer.from(JSON.stringify(change))

/** @throws CORRUPT_FORMAT for an entry of another shape. */
export function decodeChange(payload: Uint8Array): MappingChange {
  const value = parsed(payload) as Partial<Record<'backend' | 'remove', unknown>> & {
    readonly put?: Readonly<Record<string, unknown>>
  }
  const { backend, put, remove } = value
  if (typeof backend === 'string' && typeof remove === 'string') return { backend, remove }
  if (typeof backend === 'string' && COLUMNS.every((column) => typeof put?.[column] === 'string'))
    return { backend, put: put as Row }
  throw new KitError('CORRUPT_FORMAT', 'an entry of the log is no change of a pin mapping')
}

function parsed(payload: Uint8Array): object {
  try {
    const value: unknown = JSON.parse(Buffer.from(payload).toString('utf8'))
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Refused below.
  }
  return {}
}

export const cidOfChange = (change: MappingChange): string =>
  'put' in change ? change.put.cid : change.remove
