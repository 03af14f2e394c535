/**
 * Tests a backend: by a round trip of a block and a file, or by a health check where writing is
 * forbidden.
 */
import { openConfigured } from '../../backends/configured.js'
import { roundTrip, type RoundTripStep } from '../../backends/round-trip.js'
import type { Backend } from '../../backends/backend.js'
import { KitError, toKitError, type ErrorCode } from '../core/errors.js'
import { isDenied, readMark } from '../pins/place-file.js'
import { UNMARKED } from '../pins/place-mark.js'
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
  const missed = new Set<string>()
  try {
    for (const [step, work, needs] of stepsOf(backend, config.place, run.signal)) {
      if (needs !== undefined && missed.has(needs)) {
        missed.add(step)
        continue
      }
      const started = performance.now()
      const outcome = await work().then(
        (found) => ({ ok: true, found }),
        (error: unknown) => {
          const { message: found, code } = toKitError(error)
          return { ok: false, found, code }
        }
      )
      const { ok, found } = outcome
      if (!ok) missed.add(step)
      if (found !== undefined)
        steps.push({ step, ms: performance.now() - started, ...outcome, found })
      // A right that is missing says nothing of the others; what else is wrong would be told by each.
      if ('code' in outcome && outcome.code !== 'ACCESS_DENIED' && (step === 'ask' || step === PLACE_STEP)) break // prettier-ignore
    }
  } finally {
    await backend.close()
  }
  return { name: config.name, type: config.type, ok: steps.every(({ ok }) => ok), steps }
}

const PLACE_STEP = 'mark of the place'

/**
 * The mark of the place is looked at before anything is written there. Whether it may be read says no other
 * step: policies often allow folders alone.
 */
function stepsOf(
  backend: Backend,
  known: string | undefined,
  signal: AbortSignal
): RoundTripStep[] {
  const { fileReader } = backend.facets
  const steps = roundTrip(backend, { signal })
  const [ask, ...others] = steps
  if (fileReader === undefined || ask === undefined) return steps
  const look = async (): Promise<string> => {
    const found = await readMark(fileReader, signal).catch((error: unknown) => {
      if (!isDenied(error)) throw error
      return {
        denied: `not allowed, so that another place is not told from this one: ${error.message}`
      }
    })
    if (typeof found === 'object' && 'denied' in found) return found.denied
    const text = typeof found === 'object' ? found.id : found
    if (known !== undefined && known !== UNMARKED && text !== known)
      throw new KitError('BACKEND_UNAVAILABLE', `this is not the place that pins were stored in (${typeof found === 'object' ? 'the mark of another one is there' : `its mark is ${found}`}), and nothing was written; mount or connect it again, or run \`ipfs-kit backend update NAME --new-place\``) // prettier-ignore
    return text
  }
  return [ask, [PLACE_STEP, look, ask[0]], ...others]
}
