/** `service uninstall`: removes the unit, and says how to end what still runs. */
import { serviceUninstall } from '../../operations/service-install.js'
import type { Context } from '../context.js'
import { folderFrom, scopeFrom, unitNameFrom } from '../unit-options.js'

export async function run(context: Context): Promise<void> {
  const result = serviceUninstall({
    scope: scopeFrom(context),
    name: unitNameFrom(context),
    folder: folderFrom(context)
  })
  if (context.json) {
    context.answer(result)
    return
  }
  context.print(`removed ${result.file}`)
  context.print('end what still runs:')
  for (const line of result.stop) context.print(`  ${line}`)
}
