/** `doctor`: checks what a mount needs, and says how to repair what is missing. */
import { isKitError, KitError } from '../../core/errors.js'
import { doctor } from '../../operations/doctor.js'
import type { Context } from '../context.js'
import { table } from '../table.js'

/** @returns UNSUPPORTED when something that a mount needs is missing. */
export async function run(context: Context): Promise<KitError | undefined> {
  const request = { configProblem: configProblem(context) }
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
  return new KitError('UNSUPPORTED', `a mount would fail: ${failed.join(', ')}`)
}

/** Returns the error of the configuration, which `context.config` throws when it is read. */
function configProblem(context: Context): string | undefined {
  try {
    void context.config
    return undefined
  } catch (error) {
    if (isKitError(error, 'CONFIG_INVALID')) return error.message
    throw error
  }
}
