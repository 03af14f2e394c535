/**
 * Decides which copies may go: what the policy asks for must be left, and what is left on backends that
 * are not trusted is looked at first.
 */
import type { Mapping } from '../pins/mapping.js'
import type { PinMappings } from '../pins/pin-mappings.js'
import {
  demandOn,
  reasonToKeep,
  toLookAt,
  type Demand,
  type PinPolicy,
  type PlaceForPins
} from '../pins/placement.js'
import { withMappings } from './mappings-view.js'
import { demandedPin } from './pin-store.js'
import type { PinOutcome, PinTransfers } from './pin-transfers.js'

export interface Releasing {
  readonly home: string
  readonly policy: PinPolicy
  readonly places: readonly PlaceForPins[]
  readonly transfers: PinTransfers
}

export interface ReleaseOptions {
  /** Changes what the policy demands of a pin. */
  readonly least?: (demand: Demand) => Demand
  /** Copies that were stored a moment ago, which need not be looked at. */
  readonly fresh?: readonly PinOutcome[]
}

export interface Releasable {
  readonly free: readonly Mapping[]
  readonly kept: readonly { readonly mapping: Mapping; readonly reason: string }[]
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
  { least = (demand) => demand, fresh = [] }: ReleaseOptions = {}
): Promise<Releasable> {
  const pins = await withMappings(home, (mappings) => leavingPins(mappings, going, policy, least))
  const seen = new Set(fresh.filter(({ status }) => status === 'stored').map(keyOf))
  const relied = pins.flatMap((pin) => reliedOn(pin, places)).filter((copy) => !seen.has(keyOf(copy))) // prettier-ignore
  const looked = await transfers.verify(relied, false)
  const lost = new Map(
    looked.flatMap((copy) => (copy.status === 'stored' ? [] : [[keyOf(copy), copy]]))
  )
  const free: Mapping[] = []
  const kept: { mapping: Mapping; reason: string }[] = []
  for (const pin of pins) {
    const gone = pin.stored.flatMap((copy) => lost.get(keyOf(copy)) ?? [])
    const left = pin.stored.filter((copy) => !lost.has(keyOf(copy)))
    const reason = reasonToKeep(pin.demand, places, namesOf(left), namesOf(pin.going))
    if (reason === undefined) free.push(...pin.going)
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

function leavingPins(
  mappings: PinMappings,
  going: readonly Mapping[],
  policy: PinPolicy,
  least: (demand: Demand) => Demand
): Leaving[] {
  const byCid = new Map<string, Mapping[]>()
  for (const mapping of going) {
    const those = byCid.get(mapping.cid)
    if (those === undefined) byCid.set(mapping.cid, [mapping])
    else those.push(mapping)
  }
  return [...byCid].map(([cid, those]) => {
    const known = mappings.of(cid)
    return {
      going: those,
      stored: known.filter(({ status }) => status === 'stored'),
      demand: least(demandOn(policy, demandedPin(known)))
    }
  })
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
