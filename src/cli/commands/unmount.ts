/** `unmount`: unmounts, and waits for the processes behind the mount. */
import { expandHome } from '../../config/config.js'
import { unmount } from '../../operations/unmount.js'
import { flagOf, type Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const given = context.args[0]
  const { path } = await unmount(
    context.services,
    {
      path: given === undefined ? undefined : expandHome(given),
      // The configured path is a default; it must not override a path that is given.
      usual: given === undefined ? expandHome(context.config['mount.path']) : '',
      force: flagOf(context, 'force')
    },
    context.run
  )
  if (context.json) context.answer({ path })
  else context.print(`unmounted ${path}`)
}
