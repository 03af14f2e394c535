/** Work on copies of pins: what is planned, and what became of it. */
import type { KitError } from '../core/errors.js'
import type { Refusal } from '../pins/admission.js'
import type { Mapping } from '../pins/mapping.js'
import type { LeftBehind } from '../pins/placement.js'

/** What became of a mapping. */
export interface PinOutcome {
  readonly cid: string
  readonly backend: string
  /** `removed` where it is no more; `unknown` where the backend could not be asked. */
  readonly status: Mapping['status'] | 'removed' | 'unknown'
  /** Bytes on the backend; null where that is not known. */
  readonly size: number | null
  /** What failed, or what the backend says of a pin that is pending; null for nothing. */
  readonly details: string | null
  readonly error: KitError | null
}

/** Work that is planned on a copy. */
export interface Planned {
  readonly mapping: Mapping
  /** The mapping as it was read; null for a copy that is new. */
  readonly base: Mapping | null
}

/** A copy that is to go. */
export interface Removal {
  readonly mapping: Mapping
  /** What must be left of its pin; undefined where it goes in any case. */
  readonly left: LeftBehind | undefined
  /** As in the mapping's own metadata, for removals that are taken up again. */
  readonly leaveAtLeast?: number | undefined
}

export interface Kept {
  readonly mapping: Mapping
  readonly reason: string
}

export interface Removed {
  readonly copies: readonly PinOutcome[]
  /** Copies that the policy asks for by now, as others went meanwhile. */
  readonly kept: readonly Kept[]
}

/** A copy as it was read, to be worked on. */
export const asRead = (mapping: Mapping): Planned => ({ mapping, base: mapping })

export const asNew = (mapping: Mapping): Planned => ({ mapping, base: null })

/** Plans a removal. */
export function leaving({ mapping, leaveAtLeast }: Removal): Planned {
  const leave = leaveAtLeast === undefined ? {} : { leave_at_least: leaveAtLeast }
  return {
    mapping: { ...mapping, own: { ...mapping.own, is_leaving: true, ...leave } },
    base: mapping
  }
}

/** What there is to tell of a copy on which work did not begin. */
export const outcomeOf = (
  { cid, backend, own }: Mapping,
  { status, reason }: Refusal
): PinOutcome => ({
  cid,
  backend,
  status,
  size: status === 'removed' ? null : (own.size ?? null),
  details: reason,
  error: null
})

/** Returns a key of a copy. */
export const copyKey = ({ cid, backend }: Pick<Mapping, 'cid' | 'backend'>): string =>
  `${backend} ${cid}`
