/** Verifies that backends have what their mappings say. */
import type { Mapping } from '../pins/mapping.js'
import { withMappings } from './mappings-view.js'
import type { Operation } from './operation.js'
import { chosenMappings, type PinChoice } from './pin-choice.js'
import type { PinOutcome } from './pin-transfers.js'
import { withPinWork } from './with-pin-work.js'

export interface PinVerifyRequest extends PinChoice {
  /** Reads and hashes every byte, where else existence and length are looked at. */
  readonly readData?: boolean | undefined
  /** Only copies that were not verified for so many ms, those that waited longest first. */
  readonly olderThan?: number | undefined
  /** Most copies to verify. */
  readonly limit?: number | undefined
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
  return await withPinWork(services, run, async ({ journal, transfers }) => {
    const meant = await withMappings(services.home, (mappings) =>
      due([...chosenMappings(mappings, request)], request)
    )
    const copies = await transfers.verify(meant, request.readData === true)
    if (meant.length > 0) await journal.settle()
    return { copies }
  })
}

/** Returns the copies to verify. */
function due(mappings: readonly Mapping[], { olderThan, limit }: PinVerifyRequest): Mapping[] {
  const staying = mappings.filter(({ own }) => own.is_leaving !== true)
  if (olderThan === undefined) return staying.slice(0, limit)
  const before = new Date(Date.now() - olderThan).toISOString()
  return staying
    .filter((mapping) => mapping.status === 'stored' && seenAt(mapping) < before)
    .sort((a, b) => (seenAt(a) < seenAt(b) ? -1 : 1))
    .slice(0, limit)
}

/** When a copy was last known to be whole, in ISO 8601. */
const seenAt = ({ own, createdAt }: Mapping): string =>
  own.verified_at ?? own.stored_at ?? createdAt
