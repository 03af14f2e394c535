/** `backend test`: a block and a file there and back, or a question where nothing may be put. */
import { openConfigured } from '../../../backends/configured.js'
import { roundTrip } from '../../../backends/round-trip.js'
import { toKitError } from '../../core/errors.js'
import { mustBeConfigured } from '../backends.js'
import type { Context } from '../context.js'
import { table } from '../table.js'

interface Step {
  readonly step: string
  readonly ok: boolean
  readonly ms: number
  readonly found: string
}

/** Exit code 4 when a step fails. */
export async function run(context: Context): Promise<number> {
  const config = mustBeConfigured(context, context.args[0]!)
  const backend = await openConfigured(config)
  const steps: Step[] = []
  try {
    for (const [step, work] of roundTrip(backend, { signal: context.signal })) {
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
  const failed = steps.some(({ ok }) => !ok)
  if (context.json) context.answer({ name: config.name, type: config.type, ok: !failed, steps })
  else
    for (const line of table(
      steps.map(({ step, ok, ms, found }) => [ok ? 'ok' : 'FAIL', step, `${ms.toFixed(1)} ms`, found]), // prettier-ignore
      [2]
    ))
      context.print(line.trimEnd())
  return failed ? 4 : 0
}
