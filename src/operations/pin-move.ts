/**
 * Moves copies of pins to where the policy would choose now: cold pins to the cheapest backends, hot ones to
 * the nearest. Each move is an operation in the log. The new copy is whole before the older one goes, and it
 * names the one that it replaces, so that a move that was interrupted is ended by the next one.
 */
import type { Mapping } from '../pins/mapping.js'
import { putOf } from '../pins/mapping.js'
import { archiveSource } from './archive-source.js'
import { withMappings } from './mappings-view.js'
import type { Automatic } from './due-tries.js'
import type { Operation } from './operation.js'
import { newMapping } from './pin-store.js'
import { asNew, type PinOutcome } from './pin-outcome.js'
import { plannedMoves, withRead, type PlanRequest, type Read } from './planned-moves.js'
import { releasable } from './releasable.js'
import { withQuietContent } from './with-content.js'
import { withPinWork, type PinWork } from './with-pin-work.js'
import type { Run } from './run.js'
import type { Services } from './services.js'

export interface PinMoveRequest extends PlanRequest {
  /** Tells what would move, and changes nothing. */
  readonly dryRun?: boolean | undefined
  /** Set where nobody asks for it, so that its tries have an end. */
  readonly automatic?: Automatic | undefined
}

export interface MovedPin {
  readonly cid: string
  readonly from: string
  readonly to: string
  readonly why: 'cold' | 'hot' | 'policy'
}

export interface PinMoveResult {
  readonly moves: readonly MovedPin[]
  /** Copies that were made, and those that were removed. */
  readonly copies: readonly PinOutcome[]
}

/** A pin never has fewer copies than before, and a copy that the policy asks for stays. */
export const pinMove: Operation<PinMoveRequest, PinMoveResult> = async (services, request, run) => {
  const isAutomatic = request.automatic !== undefined
  const move = async (work: PinWork): Promise<PinMoveResult> => {
    const context = { policy: services.pinPolicy, places: await work.backends.places() }
    const { moves, read, unfinished } = await withQuietContent(services, run, false, (view) =>
      withMappings(services.home, (mappings) => plannedMoves(request, mappings, view, context, run))
    )
    const told = moves.map(({ cid, from, to, why }) => ({ cid, from, to, why }))
    if (request.dryRun === true) return { moves: told, copies: [] }
    const { backends, journal, transfers } = work
    await recordReads(services.home, work, read)
    const wanted = moves.map(({ cid, from, to, known }) => withReplaced(newMapping(cid, to, backends, known), from)) // prettier-ignore
    const stored =
      wanted.length === 0
        ? []
        : await withQuietContent(services, run, true, (view) =>
            transfers.store(wanted.map(asNew), archiveSource(view), 'move')
          )
    const removed = await endMoves(services, work, [...unfinished, ...wanted], stored, run)
    if (read.length + wanted.length + unfinished.length > 0) await journal.settle()
    return { moves: told, copies: [...stored, ...removed] }
  }
  return await withPinWork(services, run, move, isAutomatic)
}

async function recordReads(
  home: string,
  { journal }: PinWork,
  read: readonly Read[]
): Promise<void> {
  if (read.length === 0) return
  // Others may have changed the mappings since they were looked at.
  const changes = await withMappings(home, (mappings) =>
    read.flatMap((news) => {
      const known = mappings.of(news.cid).filter(({ backend }) => backend === news.backend)
      return known.map((mapping) => ({ change: putOf(withRead(mapping, news)), base: putOf(mapping) })) // prettier-ignore
    })
  )
  await Promise.all(changes.map((change) => journal.record(change)))
}

const withReplaced = (mapping: Mapping, replaces: string | undefined): Mapping => ({
  ...mapping,
  own: { ...mapping.own, replaces }
})

/** Removes the copies that others have replaced, where the policy allows it. */
async function endMoves(
  { home, pinPolicy: policy }: Services,
  { backends, journal, transfers }: PinWork,
  made: readonly Mapping[],
  fresh: readonly PinOutcome[],
  run: Run
): Promise<readonly PinOutcome[]> {
  if (made.length === 0) return []
  const places = await backends.places()
  const { ended, going } = await withMappings(home, (mappings) => {
    const now = made.map(({ cid, backend }) => mappings.of(cid).find((one) => one.backend === backend)) // prettier-ignore
    const ended = now.flatMap((one) => (one?.status === 'stored' ? one : []))
    const going = ended.flatMap(({ cid, own }) =>
      mappings
        .of(cid)
        .filter(({ backend, status }) => backend === own.replaces && status === 'stored')
    )
    return { ended, going }
  })
  const least = (demand: { readonly replicas: number }) => Math.max(1, demand.replicas)
  const { free, kept: needed } = await releasable({ home, policy, places, transfers }, going, {
    least: (demand) => ({ ...demand, replicas: least(demand) }),
    leaveAtLeast: 1,
    fresh
  })
  const removed = await transfers.remove(free)
  const kept = [...needed, ...removed.kept]
  for (const { mapping, reason } of kept) run.warn(`${mapping.cid} stays on ${mapping.backend}: ${reason}`) // prettier-ignore
  const isKept = ({ cid, own }: Mapping): boolean =>
    kept.some(({ mapping }) => mapping.cid === cid && mapping.backend === own.replaces)
  await Promise.all(
    ended
      .filter((mapping) => !isKept(mapping))
      .map((mapping) =>
        journal.record({ change: putOf(withReplaced(mapping, undefined)), base: putOf(mapping) })
      )
  )
  return removed.copies
}
