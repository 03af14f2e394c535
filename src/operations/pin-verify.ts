/** Verifies that backends have what their mappings say. */
import { dueCopies, type DueCopies } from './due-copies.js'
import { dueTries, type Automatic } from './due-tries.js'
import { warnUnmigrated, withMappings } from './mappings-view.js'
import type { Operation } from './operation.js'
import { chosenMappings, type PinChoice } from './pin-choice.js'
import type { PinOutcome } from './pin-outcome.js'
import { withPinWork } from './with-pin-work.js'

export interface PinVerifyRequest extends PinChoice, DueCopies {
  /** Reads and hashes every byte, where else existence and length are looked at. */
  readonly readData?: boolean | undefined
  /** Where nobody asks for it: then only copies are looked at whose time has come. */
  readonly automatic?: Automatic | undefined
}

export interface PinVerifyResult {
  readonly copies: readonly PinOutcome[]
}

/**
 * Verifies copies. One that is missing or damaged becomes `failed`; one whose backend cannot be asked
 * stays what it was, and is told as `unknown`.
 * @throws PATH_NOT_FOUND for a backend that is none, or a CID that is pinned on none.
 */
export const pinVerify: Operation<PinVerifyRequest, PinVerifyResult> = async (
  services,
  request,
  run
) => {
  return await withPinWork(
    services,
    run,
    async ({ journal, transfers }) => {
      const isDue = dueTries(services.home, request.automatic)
      const meant = await withMappings(services.home, (mappings) => {
        if (request.automatic === undefined) warnUnmigrated(mappings, run)
        return dueCopies(chosenMappings(mappings, request), request, run.signal, (copy) =>
          isDue(copy, 'verify')
        )
      })
      const copies = await transfers.verify(meant, request.readData === true)
      if (meant.length > 0) await journal.settle()
      return { copies }
    },
    request.automatic !== undefined
  )
}
