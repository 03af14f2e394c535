/**
 * Heals pins: what a backend lacks is stored again, from the store, the cache, or any backend that has
 * it; what was to be removed is removed; copies that the policy asks for are made; and what killed
 * uploads left on the backends goes.
 */
import { isCid } from '../content/cid-path.js'
import { isKitError, type KitError } from '../core/errors.js'
import { inTurns } from '../core/turns.js'
import type { Mapping } from '../pins/mapping.js'
import { demandOn, lacking, type Demand } from '../pins/placement.js'
import type { PinMappings } from '../pins/pin-mappings.js'
import { StoreLayout } from '../store/layout.js'
import { readPinsInTurns, type Pin } from '../store/pins.js'
import { archiveSource } from './archive-source.js'
import { dueTries, kindNeeded, type Automatic, type IsDue } from './due-tries.js'
import { withMappings } from './mappings-view.js'
import type { Operation } from './operation.js'
import type { PinBackends } from './pin-backends.js'
import { chosenMappings, type PinChoice } from './pin-choice.js'
import { placePins } from './place-pins.js'
import { demandedPin, newMapping } from './pin-store.js'
import { asNew, asRead, type PinOutcome, type Removal } from './pin-outcome.js'
import { releasable } from './releasable.js'
import type { Run } from './run.js'
import type { Services } from './services.js'
import { sweepLeftovers } from './sweep-leftovers.js'
import { asksForCopies } from './unplaced-pins.js'
import { unsoundCopies } from './unsound-copies.js'
import { withQuietContent } from './with-content.js'
import { withPinWork, type PinWork } from './with-pin-work.js'

export interface PinHealRequest extends PinChoice {
  /** Leaves copies that are believed to be stored alone, and asks nothing of their backends. */
  readonly unsoundOnly?: boolean | undefined
  /** Hashes every byte of the copies that are there, before what is damaged is stored again. */
  readonly readData?: boolean | undefined
  /** Only these copies, of those that there are. */
  readonly copies?: readonly Pick<Mapping, 'cid' | 'backend'>[] | undefined
  /** Where nobody asks for it: then only copies are tried whose time has come. */
  readonly automatic?: Automatic | undefined
}

export interface PinHealResult {
  /** Copies that were stored again, made or removed, and those that could not be. */
  readonly copies: readonly PinOutcome[]
  /** Number of copies that were found as they should be. */
  readonly sound: number
  /** Number of files of uploads that were killed, more than a day ago, which were removed. */
  readonly swept: number
}

/** @throws PATH_NOT_FOUND for a backend that is none, or a CID that is pinned on none. */
export const pinHeal: Operation<PinHealRequest, PinHealResult> = async (services, request, run) => {
  return await withPinWork(
    services,
    run,
    async (work) => {
      const { backends, journal, transfers } = work
      const isDue = dueTries(services.home, request.automatic)
      const here = await pinsHere(services, request, run)
      const warn = once(run.warn)
      const meant = await withMappings(services.home, (mappings) =>
        meantMappings(mappings, withoutUnplaced(request, here, mappings), isDue, run.signal)
      )
      const { broken, standing } = await sorted(backends, meant)
      const isAsked = ({ status }: Mapping): boolean =>
        request.unsoundOnly !== true || status !== 'stored'
      const looked = await transfers.verify(standing.filter(isAsked), request.readData === true)
      const lost = await withMappings(services.home, (mappings) => toStore(mappings, looked))
      const added = await copiesToMake(services, backends, request, { ...run, warn })
      const stored = await withQuietContent(services, run, true, async (view) => {
        const blocks = archiveSource(view)
        const planned = [...[...broken, ...lost].map(asRead), ...added.map(asNew)]
        const again = await transfers.store(planned, blocks, 'heal')
        const isMeant = meantBackends(request)
        return again.concat(await placePins(services, work, here.values(), blocks, { signal: run.signal, warn, isMeant })) // prettier-ignore
      })
      // Last, as one of them may be all that the others are stored again from.
      const removed = await removeLeaving(services, work, meant, [...looked, ...stored], run)
      if (meant.length + stored.length > 0) await journal.settle()
      const unknown = looked.filter(({ status }) => status === 'unknown')
      const copies = [...removed, ...stored, ...unknown]
      const isAll = request.unsoundOnly !== true && isOfAll(request)
      const named = (request.backends ?? []).length > 0 ? request.backends! : backends.names
      const whole = isAll ? wholeBackends(named, copies) : []
      return {
        copies,
        sound: looked.filter(({ status }) => status === 'stored').length,
        swept: await sweepLeftovers(backends, whole, run)
      }
    },
    request.automatic !== undefined
  )
}

/** Returns the pins of this home of which copies may be asked for, and may be lacking. */
async function pinsHere(
  { home, pinPolicy }: Services,
  { cids = [], copies }: PinHealRequest,
  { signal }: Run
): Promise<ReadonlyMap<string, Pin>> {
  if (copies !== undefined || !asksForCopies(pinPolicy)) return new Map()
  const pins = await readPinsInTurns(new StoreLayout(home).pins, signal)
  if (cids.length === 0) return pins
  const meant = cids.flatMap((cid) => pins.get(cid) ?? [])
  return new Map(meant.filter(({ type }) => type === 'recursive').map((pin) => [pin.cid, pin]))
}

/** Leaves out pins that are on no backend yet, of which there is nothing to look at. */
function withoutUnplaced(
  request: PinHealRequest,
  here: ReadonlyMap<string, Pin>,
  mappings: PinMappings
): PinHealRequest {
  const { cids = [] } = request
  const placed = cids.filter((cid) => !here.has(cid) || mappings.has(cid))
  if (placed.length === cids.length) return request
  return placed.length === 0 ? { ...request, copies: [] } : { ...request, cids: placed }
}

const meantBackends =
  ({ backends = [] }: PinHealRequest) =>
  (name: string): boolean =>
    backends.length === 0 || backends.includes(name)

/** Returns what tells each message once, however many pins it holds for. */
function once(warn: Run['warn']): Run['warn'] {
  const told = new Set<string>()
  return (message) => {
    if (!told.has(message)) warn(message)
    told.add(message)
  }
}

const isOfAll = ({ cids = [], copies }: PinHealRequest): boolean =>
  cids.length === 0 && copies === undefined

/** Removes what was to go before, where the policy still allows it. */
async function removeLeaving(
  { home, pinPolicy: policy }: Services,
  { backends, transfers }: PinWork,
  meant: readonly Mapping[],
  fresh: readonly PinOutcome[],
  run: Run
): Promise<readonly PinOutcome[]> {
  const leaving = meant.filter(({ own }) => own.is_leaving === true)
  if (leaving.length === 0) return []
  const [forced, asked] = [leaving.filter(isForced), leaving.filter((one) => !isForced(one))]
  const releasing = { home, policy, places: await backends.places(), transfers }
  const { free, kept: needed } = await releasable(releasing, asked, { least: leastOf, fresh })
  const anyway: Removal[] = forced.map((mapping) => ({ mapping, left: undefined }))
  const { copies, kept } = await transfers.remove([...anyway, ...free])
  for (const { mapping, reason } of [...needed, ...kept]) run.warn(`${mapping.cid} stays on ${mapping.backend}: ${reason}`) // prettier-ignore
  return copies
}

const isForced = ({ own }: Mapping): boolean => own.leave_at_least === 0

const leastOf = (demand: Demand, going: readonly Mapping[]): Demand => ({
  ...demand,
  replicas: Math.max(demand.replicas, ...going.map(({ own }) => own.leave_at_least ?? 0))
})

/**
 * Backends that lack no copy, those that are to have none, too: what an upload left on another one may be the last
 * that there is of one.
 */
function wholeBackends(named: readonly string[], copies: readonly PinOutcome[]): Set<string> {
  const names = new Set(named)
  for (const { backend, status } of copies)
    if (status !== 'stored' && status !== 'removed') names.delete(backend)
  return names
}

/** Returns the mappings to look at: where only unsound ones count, no more than those are kept in memory. */
async function meantMappings(
  mappings: PinMappings,
  request: PinHealRequest,
  isDue: IsDue,
  signal: AbortSignal
): Promise<Mapping[]> {
  const { cids = [], backends = [], copies } = request
  if (copies !== undefined)
    return copies.flatMap(({ cid, backend }) => mappings.of(cid).filter((one) => one.backend === backend)) // prettier-ignore
  const isUnsoundOnly = request.unsoundOnly === true && cids.length === 0
  const meant = isUnsoundOnly
    ? unsoundCopies(mappings, backends.length === 0 ? mappings.names : backends, signal)
    : inTurns(chosenMappings(mappings, request), signal)
  const found: Mapping[] = []
  for await (const mapping of meant) if (isDue(mapping, kindNeeded(mapping))) found.push(mapping)
  return found
}

/**
 * Sorts copies into those that are to be stored again and those that are to be looked at: what failed is
 * not believed, and of what is pending only a backend that takes its time may have it by now.
 */
async function sorted(
  backends: PinBackends,
  mappings: readonly Mapping[]
): Promise<{ readonly broken: readonly Mapping[]; readonly standing: readonly Mapping[] }> {
  const broken: Mapping[] = []
  const standing: Mapping[] = []
  for (const mapping of mappings) {
    if (mapping.own.is_leaving === true) continue
    const waits = mapping.status === 'pending' && (await isSlow(backends, mapping.backend))
    ;(mapping.status === 'stored' || waits ? standing : broken).push(mapping)
  }
  // What failed comes before what was only interrupted.
  broken.sort((a, b) => Number(b.status === 'failed') - Number(a.status === 'failed'))
  return { broken, standing }
}

async function isSlow(backends: PinBackends, name: string): Promise<boolean> {
  try {
    return (await backends.target(name)).isSlow
  } catch (error) {
    // Storing there tells what is wrong with it.
    if (isKitError(error)) return false
    throw error
  }
}

/** Returns the mappings of copies that were found to be missing or damaged. */
function toStore(mappings: PinMappings, looked: readonly PinOutcome[]): Mapping[] {
  return looked
    .filter(({ status }) => status === 'failed')
    .flatMap(
      ({ cid, backend }) => mappings.of(cid).find((mapping) => mapping.backend === backend) ?? []
    )
}

/** Returns mappings for the copies that the policy asks for, and nobody has. */
async function copiesToMake(
  services: Services,
  backends: PinBackends,
  request: PinHealRequest,
  { signal, warn }: Run
): Promise<Mapping[]> {
  const { cids = [] } = request
  if (request.copies !== undefined || !asksForCopies(services.pinPolicy)) return []
  const isMeant = meantBackends(request)
  const places = await backends.places()
  return await withMappings(services.home, async (mappings) => {
    const made: Mapping[] = []
    const pins = cids.length === 0 ? mappings.byCid(mappings.names) : [...new Set(cids)].map((cid) => mappings.of(cid)) // prettier-ignore
    for await (const known of inTurns(pins, signal)) {
      const [first] = known
      // Nothing can be stored by what is no CID.
      if (first === undefined || !isCid(first.cid)) continue
      try {
        const copies = lackingCopies(services, backends, places, known)
        made.push(...copies.filter(({ backend }) => isMeant(backend)))
      } catch (error) {
        warn((error as KitError).message)
      }
    }
    return made
  })
}

function lackingCopies(
  services: Services,
  backends: PinBackends,
  places: Parameters<typeof lacking>[1],
  known: readonly Mapping[]
): Mapping[] {
  const { cid } = known[0]!
  const demand = demandOn(services.pinPolicy, demandedPin(known))
  const have = new Set(
    known.flatMap((mapping) => (mapping.own.is_leaving === true ? [] : mapping.backend))
  )
  return lacking(demand, places, have).map((name) => newMapping(cid, name, backends, known))
}
