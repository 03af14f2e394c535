/** Trying a backend: a block there and back, or a question where nothing may be put. */
import { randomBytes } from 'node:crypto'
import { openConfigured } from '../../backends/configured.js'
import type { Metered } from '../../backends/wrap/metered.js'
import { Cid, RAW } from '../core/cid.js'
import { toKitError } from '../core/errors.js'
import { sha256, SHA2_256 } from '../core/hash.js'
import { configured, type BackendNamed } from './configured-backend.js'
import type { Operation } from './operation.js'

export interface TestStep {
  readonly step: string
  readonly ok: boolean
  readonly ms: number
  /** What was found, or what went wrong. */
  readonly found: string
}

export interface BackendTestResult {
  readonly name: string
  readonly type: string
  readonly ok: boolean
  /** Up to the first that failed. */
  readonly steps: readonly TestStep[]
}

/** Puts a block there, gets it, deletes it; or just asks, where nothing may be put. @throws PATH_NOT_FOUND. */
export const backendTest: Operation<BackendNamed, BackendTestResult> = async (
  services,
  request,
  run
) => {
  const config = configured(services.home, request.name)
  const backend = await openConfigured(config)
  const steps: TestStep[] = []
  try {
    for (const [step, work] of stepsFor(backend, run.signal)) {
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

const TEST_BLOCK_BYTES = 4096

function stepsFor(backend: Metered, signal: AbortSignal): [string, () => Promise<string>][] {
  const health: [string, () => Promise<string>] = [
    'ask',
    async () => (await backend.health({ signal })).version
  ]
  if (!backend.capabilities.has('put')) return [health]
  const block = randomBytes(TEST_BLOCK_BYTES)
  const cid = Cid.v1(RAW, SHA2_256, sha256(block))
  return [
    health,
    ['put', () => backend.putBlock(cid, block, { signal }).then(() => `${TEST_BLOCK_BYTES} bytes as ${cid}`)], // prettier-ignore
    ['get', () => backend.getBlock(cid, { signal }).then(() => 'the same bytes')],
    ['delete', () => backend.deleteBlock(cid, { signal }).then(() => '')]
  ]
}
