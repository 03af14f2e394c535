/**
 * Decides which changes of mappings the owner of a home takes, and in what form. Whoever asks for one has read
 * the mapping some time ago, hours perhaps; the owner alone knows what it is now, what is being written
 * counted in. It decides without waiting for anything, so that no other change comes between.
 */
import { fromRow, putOf, type Mapping, type MappingStatus, type Row } from './mapping.js'
import type { MappingChange } from './mapping-change.js'
import { mergedMapping } from './merged-mapping.js'
import { reasonAgainst, type LeftBehind } from './placement.js'

/** A change as it is asked for. */
export interface AskedChange {
  /** Whether work on the copy begins with it, so that it can still be refused. */
  readonly isBeginning: boolean
  readonly change: MappingChange | undefined
  /** The mapping as it was read, null where there was none; undefined for a change that is made in any case. */
  readonly base: MappingChange | undefined
  /** What must be left where the copy is to go. */
  readonly left: LeftBehind | undefined
}

/** Why work does not begin. */
export interface Refusal {
  readonly reason: string
  /** What is of the copy now. */
  readonly status: MappingStatus | 'removed'
  /** Whether the copy was to go, and the policy asks for it. */
  readonly isNeeded: boolean
}

export interface Admitted {
  readonly change?: MappingChange | undefined
  readonly refusal?: Refusal | undefined
}

/** The mappings as they are. */
export interface KnownMappings {
  of(cid: string): readonly Mapping[]
  row(backend: string, cid: string): Row | undefined
}

export class Admission {
  /** Changes that are being written, the last one of each mapping. */
  readonly #writing = new Map<string, MappingChange>()

  /** A change that is taken counts at once; `written` must follow. */
  admit(asked: AskedChange, known: KnownMappings): Admitted {
    const admitted = this.#judge(asked, known)
    const { change } = admitted
    if (change !== undefined) this.#writing.set(keyOf(change), change)
    return admitted
  }

  /** Forgets a change: the mappings have it, or it could not be written. */
  written(change: MappingChange): void {
    if (this.#writing.get(keyOf(change)) === change) this.#writing.delete(keyOf(change))
  }

  #judge({ isBeginning, change, base, left }: AskedChange, known: KnownMappings): Admitted {
    if (base === undefined) return { change }
    const before = mappingOf(base.row)
    const now = this.#now(base, known)
    if (now === undefined) {
      if (before === undefined) return { change }
      return isBeginning ? refused('removed', 'it was removed meanwhile') : {}
    }
    const after = mappingOf(change?.row)
    const refusal = isBeginning ? this.#refusal(before, after, now, left, known) : undefined
    if (refusal !== undefined) return refusal
    if (change === undefined) return {}
    if (after !== undefined) return { change: putOf(mergedMapping(before ?? nothingOf(after, now), after, now)) } // prettier-ignore
    return { change: now.own.is_leaving === true ? change : putOf(removedAgain(now)) }
  }

  #refusal(
    before: Mapping | undefined,
    after: Mapping | undefined,
    now: Mapping,
    left: LeftBehind | undefined,
    known: KnownMappings
  ): Admitted | undefined {
    if (after === undefined) return undefined
    const wasLeaving = before?.own.is_leaving === true
    const isLeaving = now.own.is_leaving === true
    if (after.own.is_leaving === true) {
      if (wasLeaving && !isLeaving) return refused(now.status, 'it is wanted again')
      const reason = left && reasonAgainst(left, this.#stored(now.cid, known), new Set([now.backend])) // prettier-ignore
      return reason === undefined ? undefined : refused(now.status, reason, true)
    }
    if (isLeaving && !wasLeaving) return refused(now.status, 'it is being removed')
    if (now.status !== 'stored' || before?.status === 'stored') return undefined
    return refused('stored', 'it was stored meanwhile')
  }

  #now({ backend, cid }: MappingChange, known: KnownMappings): Mapping | undefined {
    const writing = this.#writing.get(keyOf({ backend, cid }))
    return mappingOf(writing === undefined ? known.row(backend, cid) : writing.row)
  }

  /** Returns the backends that have a copy of a pin, and keep it. */
  #stored(cid: string, known: KnownMappings): ReadonlySet<string> {
    const all = known.of(cid).flatMap((mapping) => this.#now(putOf(mapping), known) ?? [])
    return new Set(all.filter(isKept).map(({ backend }) => backend))
  }
}

/** Whether a copy is stored, and is to stay. */
export const isKept = ({ status, own }: Mapping): boolean =>
  status === 'stored' && own.is_leaving !== true

const mappingOf = (row: Row | null | undefined): Mapping | undefined =>
  row === null || row === undefined ? undefined : fromRow(row)

const keyOf = ({ backend, cid }: Pick<MappingChange, 'backend' | 'cid'>): string =>
  `${backend} ${cid}`

const refused = (status: Refusal['status'], reason: string, isNeeded = false): Admitted => ({
  refusal: { status, reason, isNeeded }
})

/** Somebody wants it again: what was removed is to be stored, also where it was stored right before. */
const removedAgain = (now: Mapping): Mapping => ({
  ...now,
  status: 'pending',
  own: { ...now.own, removals: (now.own.removals ?? 0) + 1 }
})

/** Stands for the mapping before one that was thought to be new: all of the new one counts. */
const nothingOf = (after: Mapping, now: Mapping): Mapping => ({
  ...now,
  carPath: after.carPath,
  createdAt: after.createdAt,
  fields: {},
  own: {}
})
