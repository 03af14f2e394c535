/** The steps of trying a backend that fail, as `backend test` takes them. */
import type { Backend } from '../../backends/backend.js'
import { roundTrip } from '../../backends/round-trip.js'
import { toKitError, type KitError } from '../../src/core/errors.js'

export interface FailedStep {
  readonly step: string
  readonly error: KitError
}

export async function failures(backend: Backend, signal: AbortSignal): Promise<FailedStep[]> {
  const failed: FailedStep[] = []
  const missed = new Set<string>()
  for (const [step, work, needs = ''] of roundTrip(backend, { signal }))
    if (missed.has(needs)) missed.add(step)
    else
      await work().catch((error: unknown) => {
        missed.add(step)
        failed.push({ step, error: toKitError(error) })
      })
  return failed
}
