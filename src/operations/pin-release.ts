/** Removes pins from backends, unless the policy asks for those copies. */
import { KitError } from '../core/errors.js'
import { inTurns } from '../core/turns.js'
import type { Mapping } from '../pins/mapping.js'
import { withMappings } from './mappings-view.js'
import type { Operation } from './operation.js'
import { chosenMappings } from './pin-choice.js'
import type { PinOutcome, Removal } from './pin-outcome.js'
import { releasable, type Releasable } from './releasable.js'
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
 * @throws BUSY, having removed nothing, where the policy asks for a copy, or having removed the others, where it does so
 * since more copies of the pin went at the same time; PATH_NOT_FOUND.
 */
export const pinRelease: Operation<PinReleaseRequest, PinReleaseResult> = async (
  services,
  request,
  run
) => {
  return await withPinWork(services, run, async ({ backends, journal, transfers }) => {
    const meant = await withMappings(services.home, async (mappings) => {
      const found: Mapping[] = []
      for await (const one of inTurns(chosenMappings(mappings, request), run.signal)) found.push(one) // prettier-ignore
      return found
    })
    const chosen = async (): Promise<readonly Removal[]> => {
      if (request.force === true) return meant.map((mapping) => ({ mapping, left: undefined, leaveAtLeast: 0 })) // prettier-ignore
      const places = await backends.places()
      const releasing = { home: services.home, policy: services.pinPolicy, places, transfers }
      const { free, kept } = await releasable(releasing, meant)
      if (kept.length > 0) throw neededCopy(kept)
      return free
    }
    const { copies, kept } = await transfers.remove(await chosen())
    await journal.settle()
    if (kept.length > 0) throw neededCopy(kept)
    return { copies }
  })
}

function neededCopy(kept: Releasable['kept']): KitError {
  const { mapping, reason } = kept[0]!
  const names = kept.flatMap((one) => (one.mapping.cid === mapping.cid ? one.mapping.backend : []))
  return new KitError(
    'BUSY',
    `${mapping.cid} is not removed from ${names.join(', ')}: ${reason}; store it elsewhere first, or use --force`
  )
}
