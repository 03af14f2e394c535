/** Conditional requests: whether a client has an answer already (RFC 9110, 13). */

/** Returns whether `If-None-Match` names one of the tags of an answer, weakly compared. */
export function isKnown(header: string | undefined, etags: readonly string[]): boolean {
  if (header === undefined || etags.length === 0) return false
  if (header.trim() === '*') return true
  const named = new Set(tagsIn(header))
  return etags.some((etag) => named.has(opaque(etag)))
}

/** Returns whether a range may be given: `If-Range` names a strong tag, which must be that of the answer. */
export const isSame = (header: string | undefined, etag: string): boolean =>
  header === undefined || (header.trim() === etag && !etag.startsWith('W/'))

const tagsIn = (header: string): string[] => header.match(/"[^"]*"/g) ?? []

const opaque = (etag: string): string => etag.replace(/^W\//, '')
