/**
 * Decides which copies may go: what the policy asks for must be left, and what is left on backends that
 * are not trusted is looked at first.
 */
import { inTurns } from '../core/turns.js'
import type { Mapping } from '../pins/mapping.js'
import type { PinMappings } from '../pins/pin-mappings.js'
import {
  demandOn,
  reasonToKeep,
  toLookAt,
  type Demand,
  type LeftBehind,
  type PinPolicy,
  type PlaceForPins
} from '../pins/placement.js'
import { withMappings } from './mappings-view.js'
import { demandedPin } from './pin-store.js'
import { isKept } from '../pins/admission.js'
import type { Kept, PinOutcome, Removal } from './pin-outcome.js'
import type { PinTransfers } from './pin-transfers.js'

export interface Releasing {
  readonly home: string
  readonly policy: PinPolicy
  readonly places: readonly PlaceForPins[]
  readonly transfers: PinTransfers
}

export interface ReleaseOptions {
  /** Changes what the policy demands of a pin. */
  readonly least?: (demand: Demand, going: readonly Mapping[]) => Demand
  /** Copies that must be left at least, to be kept with those that go. */
  readonly leaveAtLeast?: number
  /** Copies that were stored a moment ago, which need not be looked at. */
  readonly fresh?: readonly PinOutcome[]
}

export interface Releasable {
  readonly free: readonly Removal[]
  readonly kept: readonly Kept[]
}

/** A pin of which some copies are to go. */
interface Leaving {
  readonly going: readonly Mapping[]
  readonly stored: readonly Mapping[]
  readonly demand: Demand
}

/** Copies of one pin go together, or all of them stay. */
export async function releasable(
  { home, policy, places, transfers }: Releasing,
  going: readonly Mapping[],
  { least = (demand) => demand, leaveAtLeast, fresh = [] }: ReleaseOptions = {}
): Promise<Releasable> {
  const pins = await withMappings(home, (mappings) =>
    leavingPins(mappings, going, policy, least, transfers.signal)
  )
  const seen = new Set(fresh.filter(({ status }) => status === 'stored').map(keyOf))
  const relied = pins.flatMap((pin) => reliedOn(pin, places)).filter((copy) => !seen.has(keyOf(copy))) // prettier-ignore
  const looked = await transfers.verify(relied, false)
  const lost = new Map(
    looked.flatMap((copy) => (copy.status === 'stored' ? [] : [[keyOf(copy), copy]]))
  )
  for (const copy of looked) if (copy.status === 'stored') seen.add(keyOf(copy))
  const free: Removal[] = []
  const kept: Kept[] = []
  for (const pin of pins) {
    const gone = pin.stored.flatMap((copy) => lost.get(keyOf(copy)) ?? [])
    const left = pin.stored.filter((copy) => !lost.has(keyOf(copy)))
    const reason = reasonToKeep(pin.demand, places, namesOf(left), namesOf(pin.going))
    const behind = leftBehind(pin, left, places, seen)
    if (reason === undefined)
      free.push(...pin.going.map((mapping) => ({ mapping, left: behind, leaveAtLeast })))
    else
      kept.push(
        ...pin.going.map((mapping) => ({ mapping, reason: [reason, ...gone.map(notFound)].join('; ') })) // prettier-ignore
      )
  }
  return { free, kept }
}

const keyOf = ({ cid, backend }: Pick<Mapping, 'cid' | 'backend'>): string => `${backend} ${cid}`

const namesOf = (mappings: readonly Mapping[]): ReadonlySet<string> =>
  new Set(mappings.map(({ backend }) => backend))

const notFound = ({ backend, details }: PinOutcome): string =>
  `the copy on ${backend} does not count: ${details ?? 'it was not found'}`

async function leavingPins(
  mappings: PinMappings,
  going: readonly Mapping[],
  policy: PinPolicy,
  least: NonNullable<ReleaseOptions['least']>,
  signal: AbortSignal
): Promise<Leaving[]> {
  const byCid = new Map<string, Mapping[]>()
  for (const mapping of going) {
    const those = byCid.get(mapping.cid)
    if (those === undefined) byCid.set(mapping.cid, [mapping])
    else those.push(mapping)
  }
  const pins: Leaving[] = []
  for await (const [cid, those] of inTurns(byCid, signal)) {
    const known = mappings.of(cid)
    const demand = least(demandOn(policy, demandedPin(known)), those)
    pins.push({ going: those, stored: known.filter(isKept), demand })
  }
  return pins
}

/** Returns what must be left: of what is not trusted, only what was looked at counts. */
function leftBehind(
  { demand: { replicas, required }, going }: Leaving,
  left: readonly Mapping[],
  places: readonly PlaceForPins[],
  seen: ReadonlySet<string>
): LeftBehind {
  const trusts = new Map(places.map(({ name, trust }) => [name, trust]))
  const leaving = namesOf(going)
  const counting = left.filter((copy) => {
    const trust = trusts.get(copy.backend)
    return trust === 'trusted' || (trust === 'semitrusted' && seen.has(keyOf(copy)))
  })
  return { replicas, required, counting: [...namesOf(counting)].filter((name) => !leaving.has(name)) } // prettier-ignore
}

/** Returns the copies that a pin is to be left with, and that are to be looked at. */
function reliedOn({ going, stored, demand }: Leaving, places: readonly PlaceForPins[]): Mapping[] {
  const leaving = namesOf(going)
  const left = stored.filter(({ backend }) => !leaving.has(backend))
  // What may not go in any case need not be looked at.
  if (reasonToKeep(demand, places, namesOf(stored), leaving) !== undefined) return []
  const names = toLookAt(demand, places, namesOf(left))
  return left.filter(({ backend }) => names.includes(backend))
}
