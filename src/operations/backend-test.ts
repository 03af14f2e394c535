/**
 * Tests a backend: by a round trip of a block and a file, or by a health check where writing is
 * forbidden.
 */
import { openConfigured } from '../../backends/configured.js'
import { roundTrip, type RoundTripStep } from '../../backends/round-trip.js'
import type { Backend } from '../../backends/backend.js'
import { toKitError, type ErrorCode } from '../core/errors.js'
import { isDenied, readMark } from '../pins/place-file.js'
import { configured, type BackendNamed } from './configured-backend.js'
import type { Operation } from './operation.js'

export interface TestStep {
  readonly step: string
  readonly ok: boolean
  readonly ms: number
  /** The finding, or the error's message. */
  readonly found: string
  /** The error's code. */
  readonly code?: ErrorCode
}

export interface BackendTestResult {
  readonly name: string
  readonly type: string
  readonly ok: boolean
  /** The steps, but for those that need another one that failed. */
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
    for (const [step, work, needs] of stepsOf(backend, run.signal)) {
      if (steps.some((done) => done.step === needs && !done.ok)) continue
      const started = performance.now()
      const outcome = await work().then(
        (found) => ({ ok: true, found }),
        (error: unknown) => {
          const { message: found, code } = toKitError(error)
          return { ok: false, found, code }
        }
      )
      steps.push({ step, ms: performance.now() - started, ...outcome })
      // A right that is missing says nothing of the others; what else is wrong would be told by each.
      if ('code' in outcome && outcome.code !== 'ACCESS_DENIED' && step === 'ask') break
    }
  } finally {
    await backend.close()
  }
  return { name: config.name, type: config.type, ok: steps.every(({ ok }) => ok), steps }
}

/** Whether the mark of the place may be read says no other step: policies often allow folders alone. */
function stepsOf(backend: Backend, signal: AbortSignal): RoundTripStep[] {
  const { fileReader } = backend.facets
  const steps = roundTrip(backend, { signal })
  if (fileReader === undefined) return steps
  const look = async (): Promise<string> => {
    try {
      const found = await readMark(fileReader, signal)
      return typeof found === 'object' ? found.id : found
    } catch (error) {
      if (!isDenied(error)) throw error
      return `not allowed, so that another place is not told from this one: ${error.message}`
    }
  }
  return [...steps, ['mark of the place', look]]
}
