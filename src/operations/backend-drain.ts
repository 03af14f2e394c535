/** Moves the pins of a backend to others, so that it can be removed. */
import { inTurns } from '../core/turns.js'
import type { Mapping } from '../pins/mapping.js'
import { demandOn, lacking, type Demand } from '../pins/placement.js'
import { archiveSource } from './archive-source.js'
import type { BackendNamed } from './configured-backend.js'
import { withMappings } from './mappings-view.js'
import type { Operation } from './operation.js'
import { chosenMappings } from './pin-choice.js'
import { demandedPin, newMapping } from './pin-store.js'
import { asNew, type PinOutcome } from './pin-outcome.js'
import { releasable } from './releasable.js'
import { withQuietContent } from './with-content.js'
import { withPinWork } from './with-pin-work.js'

export interface BackendDrainRequest extends BackendNamed {
  /** Backends that shall have the copies; by default those that the policy chooses. */
  readonly to?: readonly string[] | undefined
}

export interface BackendDrainResult {
  /** Copies that were made elsewhere, and those that were removed. */
  readonly copies: readonly PinOutcome[]
  /** Number of pins that stay, since no copy of them could be made elsewhere. */
  readonly kept: number
}

/**
 * Stores each pin of a backend on another one, and then removes it there. A pin whose new copy fails
 * stays where it is.
 * @throws PATH_NOT_FOUND, UNSUPPORTED, CONFIG_INVALID where there is no other backend for them.
 */
export const backendDrain: Operation<BackendDrainRequest, BackendDrainResult> = async (
  services,
  { name, to },
  run
) => {
  return await withPinWork(services, run, async ({ backends, journal, transfers }) => {
    backends.configured(name)
    for (const target of to ?? []) await backends.target(target)
    const places = (await backends.places()).filter((place) => place.name !== name)
    const targetsOf = (known: readonly Mapping[]): readonly string[] => {
      const elsewhere = new Set(
        known.flatMap(({ backend, status }) =>
          backend !== name && status === 'stored' ? backend : []
        )
      )
      if (to !== undefined) return to.filter((target) => !elsewhere.has(target))
      const demand = demandOn(services.pinPolicy, demandedPin(known))
      return lacking({ ...demand, replicas: Math.max(1, demand.replicas) }, places, elsewhere)
    }
    const { leaving, wanted } = await withMappings(services.home, async (mappings) => {
      const leaving: Mapping[] = []
      const wanted: Mapping[] = []
      const chosen = chosenMappings(mappings, { backends: [name] })
      for await (const mapping of inTurns(chosen, run.signal)) {
        const { cid } = mapping
        const known = mappings.of(cid)
        leaving.push(mapping)
        wanted.push(...targetsOf(known).map((target) => newMapping(cid, target, backends, known)))
      }
      return { leaving, wanted }
    })
    const stored = await withQuietContent(services, run, true, (view) =>
      transfers.store(wanted.map(asNew), archiveSource(view), 'move')
    )
    const releasing = { home: services.home, policy: services.pinPolicy, places, transfers }
    const { free, kept: needed } = await releasable(releasing, leaving, {
      least: atLeastOne,
      leaveAtLeast: 1,
      fresh: stored
    })
    const removed = await transfers.remove(free)
    const kept = [...needed, ...removed.kept]
    for (const { mapping, reason } of kept) run.warn(`${mapping.cid} stays on ${name}: ${reason}`)
    if (leaving.length > 0) await journal.settle()
    return { copies: [...stored, ...removed.copies], kept: kept.length }
  })
}

/** What is required on the backend itself does not hold it there. */
const atLeastOne = (demand: Demand): Demand => ({
  ...demand,
  required: [],
  replicas: Math.max(1, demand.replicas)
})
