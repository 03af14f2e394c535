/** When copies were last found whole, as far as the clock of then can be believed. */
import type { Mapping } from '../pins/mapping.js'

/** Returns when a copy was verified, in ISO 8601; null for never, and for a time that is yet to come. */
export function verifiedAt({ own }: Mapping, now = Date.now()): string | null {
  const at = own.verified_at
  return at !== undefined && Date.parse(at) <= now ? at : null
}
