/** `doctor`: checks what a mount needs, and says how to repair what is missing. */
import { KitError } from '../../core/errors.js'
import { doctor } from '../../operations/doctor.js'
import type { Context } from '../context.js'
import { table } from '../table.js'

/** @returns UNSUPPORTED when something that a mount needs is missing. */
export async function run(context: Context): Promise<KitError | undefined> {
  const request = { configProblems: context.configProblems }
  const { ok, checks } = await doctor(context.services, request, context.run)
  if (context.json) context.answer({ checks })
  else
    for (const line of table(
      checks.map((one) => [
        one.ok ? 'ok' : one.needed ? 'FAIL' : 'note',
        one.check,
        one.ok ? one.found : `${one.found}; ${one.mend}`
      ])
    ))
      context.print(line)
  if (ok) return undefined
  const failed = checks.filter((one) => !one.ok && one.needed).map(({ check }) => check)
  return new KitError('UNSUPPORTED', `not in order: ${failed.join(', ')}`)
}
