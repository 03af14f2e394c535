/** `service install`: writes a systemd unit for this home, and says how to start it. */
import { serviceInstall } from '../../operations/service-install.js'
import type { Context } from '../context.js'
import { folderFrom, unitFrom } from '../unit-options.js'

export async function run(context: Context): Promise<void> {
  const { warn } = context.run
  const result = serviceInstall({ ...unitFrom(context), folder: folderFrom(context), warn })
  if (context.json) {
    context.answer(result)
    return
  }
  const { file, state, enable, log, scope } = result
  context.print(state === 'unchanged' ? `${file} is up to date` : `wrote ${file}`)
  context.print('start it, now and from now on:')
  for (const line of enable) context.print(`  ${line}`)
  if (scope === 'user')
    context.print(['and to have it run while you are not logged in:', '  loginctl enable-linger'])
  context.print(['read its log:', `  ${log}`])
}
