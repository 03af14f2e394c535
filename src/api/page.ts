/** Pages of a list that is there as a whole: the cursor is a place in it. */
const STANDARD_LIMIT = 100

export interface PageRequest {
  readonly limit?: number | undefined
  readonly cursor?: string | undefined
}

/** Returns how many entries the list must have for a page to be told. */
export const neededFor = (request: PageRequest): number => startOf(request) + sizeOf(request) + 1

export function pageOf<T>(
  all: readonly T[],
  request: PageRequest
): { readonly entries: readonly T[]; readonly nextCursor: string | null } {
  const start = startOf(request)
  const end = start + sizeOf(request)
  return { entries: all.slice(start, end), nextCursor: end < all.length ? String(end) : null }
}

const sizeOf = ({ limit = STANDARD_LIMIT }: PageRequest): number => limit

const startOf = ({ cursor = '0' }: PageRequest): number => Number(cursor)
