/**
 * `backend test`: tests a backend by a round trip, or by a health check where writing is forbidden.
 */
import { KitError } from '../../core/errors.js'
import { backendTest } from '../../operations/backend-test.js'
import type { Context } from '../context.js'
import { table } from '../table.js'

/** @returns BACKEND_UNAVAILABLE when a step fails, CREDENTIALS where that is why. */
export async function run(context: Context): Promise<KitError | undefined> {
  const result = await backendTest(context.services, { name: context.args[0]! }, context.run)
  if (context.json) context.answer(result)
  else
    for (const line of table(
      result.steps.map(({ step, ok, ms, found }) => [ok ? 'ok' : 'FAIL', step, `${ms.toFixed(1)} ms`, found]), // prettier-ignore
      [2]
    ))
      context.print(line.trimEnd())
  const [failed, ...others] = result.steps.filter(({ ok }) => !ok)
  if (failed === undefined) return undefined
  return new KitError(
    failed.code === 'CREDENTIALS' ? failed.code : 'BACKEND_UNAVAILABLE',
    `${result.name} failed at ${[failed, ...others].map(({ step }) => step).join(', ')}: ${failed.found}`
  )
}
