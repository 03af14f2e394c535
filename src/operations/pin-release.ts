/** Removes pins from backends, unless the policy asks for those copies. */
import { KitError } from '../core/errors.js'
import type { Mapping } from '../pins/mapping.js'
import { demandOn, reasonToKeep } from '../pins/placement.js'
import type { PinMappings } from '../pins/pin-mappings.js'
import { withMappings } from './mappings-view.js'
import type { Operation } from './operation.js'
import { chosenMappings } from './pin-choice.js'
import { demandedPin } from './pin-store.js'
import type { PinOutcome } from './pin-transfers.js'
import type { Services } from './services.js'
import { withPinWork } from './with-pin-work.js'

export interface PinReleaseRequest {
  readonly cids: readonly string[]
  /** The backends that lose their copies; all where none is given. */
  readonly backends?: readonly string[] | undefined
  /** Removes copies that the policy asks for, too. */
  readonly force?: boolean | undefined
}

export interface PinReleaseResult {
  readonly copies: readonly PinOutcome[]
}

/**
 * Removes copies. One whose backend fails stays in the mappings, and is removed by the next `pinHeal`.
 * @throws BUSY, having removed nothing, where the policy asks for a copy; PATH_NOT_FOUND.
 */
export const pinRelease: Operation<PinReleaseRequest, PinReleaseResult> = async (
  services,
  request,
  run
) => {
  return await withPinWork(services, run, async ({ backends, journal, transfers }) => {
    const places = await backends.places()
    const meant = await withMappings(services.home, (mappings) => {
      const chosen = [...chosenMappings(mappings, request)]
      if (request.force !== true)
        for (const cid of new Set(chosen.map((mapping) => mapping.cid)))
          checkPolicy(services, mappings, cid, chosen, places)
      return chosen
    })
    const copies = await transfers.remove(meant)
    await journal.settle()
    return { copies }
  })
}

/** @throws BUSY where the policy asks for a copy that would go. */
export function checkPolicy(
  services: Services,
  mappings: PinMappings,
  cid: string,
  removed: readonly Mapping[],
  places: Parameters<typeof reasonToKeep>[1]
): void {
  const known = mappings.of(cid)
  const demand = demandOn(services.pinPolicy, demandedPin(known))
  const stored = known.filter(({ status }) => status === 'stored').map(({ backend }) => backend)
  const going = removed.filter((mapping) => mapping.cid === cid).map(({ backend }) => backend)
  const reason = reasonToKeep(demand, places, new Set(stored), new Set(going))
  if (reason !== undefined)
    throw new KitError(
      'BUSY',
      `${cid} is not removed from ${going.join(', ')}: ${reason}; store it elsewhere first, or use --force`
    )
}
