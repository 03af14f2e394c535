/** The copies that are to be verified, of any number of them. */
import { Least } from '../core/least.js'
import { inTurns } from '../core/turns.js'
import type { Mapping } from '../pins/mapping.js'

export interface DueCopies {
  /** Only copies that were not verified for so many ms, those that waited longest first. */
  readonly olderThan?: number | undefined
  /** Most copies to verify. */
  readonly limit?: number | undefined
}

/** Chooses in turns, so that others run meanwhile, and keeps no more mappings than are meant. */
export async function dueCopies(
  mappings: Iterable<Mapping>,
  { olderThan, limit = Infinity }: DueCopies,
  signal: AbortSignal,
  isDue: (copy: Mapping) => boolean = () => true
): Promise<Mapping[]> {
  const due = new Least<Mapping>(limit)
  const now = Date.now()
  let place = 0
  for await (const mapping of inTurns(mappings, signal)) {
    if (mapping.own.is_leaving === true) continue
    if (olderThan === undefined) {
      if (place >= limit) break
      due.add(place++, mapping)
    } else {
      const seen = seenAt(mapping, now)
      if (mapping.status === 'stored' && seen < now - olderThan && isDue(mapping))
        due.add(seen, mapping)
    }
  }
  return due.items
}

/**
 * When a copy was last known to be whole, ms since 1970. A time that is yet to come is of a clock that was wrong: it
 * would keep a copy from being looked at until then.
 */
function seenAt({ own, createdAt }: Mapping, now: number): number {
  const at = Date.parse(own.verified_at ?? own.stored_at ?? createdAt)
  return at <= now ? at : -Infinity
}
