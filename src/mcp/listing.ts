/** Listings in pages. */
import { cursor, limit, nextCursor } from '../api/schemas.js'
import { MOST_ENTRIES, USUAL_ENTRIES } from './bounds.js'

export const cursorInput = {
  cursor: cursor
    .optional()
    .describe('The `next_cursor` of the answer before, to go on; nothing for the beginning.'),
  limit: limit.max(MOST_ENTRIES).default(USUAL_ENTRIES).describe('Most entries of one answer.')
}

export const cursorOutput = {
  next_cursor: nextCursor.describe('The cursor to go on with; null at the end.')
}

/** Returns the position that a cursor stands for. */
export const positionOf = (cursor: string | undefined): number => Number(cursor ?? 0)

/** Returns the page of a list that is at hand. */
export function page<T>(
  all: readonly T[],
  { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number }
): { readonly entries: readonly T[]; readonly next_cursor: string | null } {
  const from = positionOf(cursor)
  const end = from + limit
  return { entries: all.slice(from, end), next_cursor: end < all.length ? String(end) : null }
}
