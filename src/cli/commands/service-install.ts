/** `service install`: writes a systemd unit for this home, and says how to start it. */
import { serviceInstall } from '../../operations/service-install.js'
import type { Context } from '../context.js'
import { folderFrom, unitFrom } from '../unit-options.js'

export async function run(context: Context): Promise<void> {
  const { warn } = context.run
  const unit = unitFrom(context)
  const folder = folderFrom(context)
  const result = serviceInstall({ ...unit, folder, warn })
  if (context.json) {
    context.answer(result)
    return
  }
  const { file, state, enable, log, scope } = result
  context.print(state === 'unchanged' ? `${file} is up to date` : `wrote ${file}`)
  if (!result.isSystemdRunning && folder === undefined) {
    const serve = unit.path === undefined ? 'daemon start' : `mount ${unit.path}`
    context.print(`systemd does not run here; without it, \`ipfs-kit ${serve}\` serves in the background, with its log in ${unit.home}/run, and \`ipfs-kit ${serve} --foreground\` below another manager`) // prettier-ignore
    return
  }
  context.print('start it, now and from now on:')
  for (const line of enable) context.print(`  ${line}`)
  if (scope === 'user')
    context.print(['and to have it run while you are not logged in:', '  loginctl enable-linger'])
  context.print(['read its log:', `  ${log}`])
}
