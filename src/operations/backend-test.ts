/**
 * Tests a backend: by a round trip of a block and a file, or by a health check where writing is
 * forbidden.
 */
import { openConfigured } from '../../backends/configured.js'
import { roundTrip } from '../../backends/round-trip.js'
import { toKitError } from '../core/errors.js'
import { configured, type BackendNamed } from './configured-backend.js'
import type { Operation } from './operation.js'

export interface TestStep {
  readonly step: string
  readonly ok: boolean
  readonly ms: number
  /** The finding, or the error's message. */
  readonly found: string
}

export interface BackendTestResult {
  readonly name: string
  readonly type: string
  readonly ok: boolean
  /** The steps up to the first that failed. */
  readonly steps: readonly TestStep[]
}

/**
 * Writes a block or a file, reads it and removes it; only checks the health where writing is
 * forbidden. A failed step is a result, not an error.
 * @throws PATH_NOT_FOUND.
 */
export const backendTest: Operation<BackendNamed, BackendTestResult> = async (
  services,
  request,
  run
) => {
  const config = configured(services.home, request.name)
  const backend = await openConfigured(services.home, config)
  const steps: TestStep[] = []
  try {
    for (const [step, work] of roundTrip(backend, { signal: run.signal })) {
      const started = performance.now()
      const outcome = await work().then(
        (found) => ({ ok: true, found }),
        (error: unknown) => ({ ok: false, found: toKitError(error).message })
      )
      steps.push({ step, ms: performance.now() - started, ...outcome })
      if (!outcome.ok) break
    }
  } finally {
    await backend.close()
  }
  return { name: config.name, type: config.type, ok: steps.every(({ ok }) => ok), steps }
}
