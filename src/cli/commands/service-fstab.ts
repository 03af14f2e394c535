/** `service fstab`: prints a line for /etc/fstab; what else has to be done goes to stderr. */
import { resolve } from 'node:path'
import { expandHome } from '../../config/config.js'
import { fstabLine } from '../../operations/fstab-line.js'
import { valueOf, type Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const config = valueOf(context, 'config')
  const result = fstabLine({
    home: context.home,
    path: expandHome(context.args[0] ?? context.config['mount.path']),
    config: config === undefined ? undefined : resolve(config),
    allowOther: context.config['mount.allow_other']
  })
  if (context.json) {
    context.answer(result)
    return
  }
  if (result.helper !== null)
    context.note(`once, as root, for mount(8) to find it: ${result.helper}`)
  context.print(result.line)
}
