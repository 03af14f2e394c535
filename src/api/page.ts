/** Pages of a list that is there as a whole: the cursor is a place in it. */
import { KitError } from '../core/errors.js'

const STANDARD_LIMIT = 100

export interface PageRequest {
  readonly limit?: number | undefined
  readonly cursor?: string | undefined
}

/** Returns how many entries the list must have for a page to be told. */
export const neededFor = (request: PageRequest): number => startOf(request) + sizeOf(request) + 1

/** @throws INVALID_ARGUMENT for a cursor that no page gave. */
export function pageOf<T>(
  all: readonly T[],
  request: PageRequest
): { readonly entries: readonly T[]; readonly nextCursor: string | null } {
  const start = startOf(request)
  const end = start + sizeOf(request)
  return { entries: all.slice(start, end), nextCursor: end < all.length ? String(end) : null }
}

const sizeOf = ({ limit = STANDARD_LIMIT }: PageRequest): number => limit

function startOf({ cursor = '0' }: PageRequest): number {
  if (!/^\d{1,15}$/.test(cursor))
    throw new KitError('INVALID_ARGUMENT', 'cursor must be the next_cursor of a page')
  return Number(cursor)
}
