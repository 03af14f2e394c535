/** Plans which copies of pins move: those that a new pin of the same demand would get elsewhere. */
import { inTurns } from '../core/turns.js'
import type { Mapping } from '../pins/mapping.js'
import type { PinMappings } from '../pins/pin-mappings.js'
import {
  demandOn,
  movesOf,
  type Move,
  type PinPolicy,
  type PlaceForPins
} from '../pins/placement.js'
import type { ContentView } from './content-view.js'
import { lastRead } from './pin-heat.js'
import { demandedPin, readAt } from './pin-store.js'
import type { Run } from './run.js'

export interface PlannedMove extends Move {
  readonly cid: string
  /** `cold` and `hot` where heat is why, `policy` where it counts for nothing. */
  readonly why: 'cold' | 'hot' | 'policy'
  /** The mappings of the pin, with when it was read last. */
  readonly known: readonly Mapping[]
}

/** A read that is news. */
export interface Read {
  readonly cid: string
  /** The backend whose mapping keeps it. */
  readonly backend: string
  /** ISO 8601. */
  readonly at: string
}

export interface MovePlan {
  readonly moves: readonly PlannedMove[]
  /** Mappings that learn of a read, to be recorded. */
  readonly read: readonly Read[]
  /** Copies that are stored, and whose predecessors are still there. */
  readonly unfinished: readonly Mapping[]
}

export interface PlanRequest {
  /** CIDs of roots; all that are on backends where none is given. */
  readonly cids?: readonly string[] | undefined
  /** Most moves. */
  readonly limit?: number | undefined
}

/** How much newer a read must be to be recorded, as a share of the time after which a pin is cold. */
const READ_STEP = 1 / 10

/** @param view content that is here, read quietly. */
export async function plannedMoves(
  { cids = [], limit = Number.POSITIVE_INFINITY }: PlanRequest,
  mappings: PinMappings,
  view: ContentView,
  { policy, places }: { readonly policy: PinPolicy; readonly places: readonly PlaceForPins[] },
  { signal }: Pick<Run, 'signal'>
): Promise<MovePlan> {
  const moves: PlannedMove[] = []
  const read: Read[] = []
  const unfinished: Mapping[] = []
  const pins = cids.length === 0 ? mappings.byCid(mappings.names) : cids.map((cid) => mappings.of(cid)) // prettier-ignore
  for await (const copies of inTurns(pins, signal)) {
    // What older installations invented is no content that could be moved.
    if (copies.some(({ own }) => own.invalid_cid === true)) continue
    const news = await newRead(copies, view, policy.coldAfter, signal)
    if (news !== undefined) read.push(news)
    const known = news === undefined ? copies : copies.map((copy) => withRead(copy, news))
    unfinished.push(...known.filter(({ status, own }) => status === 'stored' && own.replaces !== undefined)) // prettier-ignore
    if (known.length === 0 || moves.length >= limit) continue
    const demand = demandOn(policy, demandedPin(known))
    const staying = known.filter(({ own }) => own.is_leaving !== true)
    const stored = new Set(staying.flatMap(({ status, backend }) => (status === 'stored' ? backend : []))) // prettier-ignore
    const leaving = new Set(staying.flatMap(({ own }) => own.replaces ?? []))
    const have = new Set(staying.map(({ backend }) => backend))
    const why = policy.coldAfter === undefined ? 'policy' : demand.order === 'cost' ? 'cold' : 'hot'
    for (const move of movesOf(demand, places, stored, have))
      if (!leaving.has(move.from)) moves.push({ ...move, cid: known[0]!.cid, why, known })
  }
  return { moves, read, unfinished }
}

/** Returns a mapping that has when its pin was read. */
export const withRead = (mapping: Mapping, { backend, at }: Read): Mapping =>
  mapping.backend === backend ? { ...mapping, own: { ...mapping.own, read_at: at } } : mapping

/** Returns when a pin was read, where that is news; undefined where it is not. */
async function newRead(
  known: readonly Mapping[],
  view: ContentView,
  coldAfter: number | undefined,
  signal: AbortSignal
): Promise<Read | undefined> {
  const [first] = known
  if (coldAfter === undefined || first === undefined) return undefined
  const recorded = Date.parse(readAt(known) ?? first.createdAt)
  const found = await lastRead(view, first.cid, Date.now() - coldAfter * READ_STEP, signal)
  if (found === undefined || found < recorded + coldAfter * READ_STEP) return undefined
  return { cid: first.cid, backend: first.backend, at: new Date(found).toISOString() }
}
