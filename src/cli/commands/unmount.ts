/** `unmount`: unmounts, and waits for the processes behind the mount. */
import { expandTilde, KEYS } from '../../config/config.js'
import { isKitError } from '../../core/errors.js'
import { describeProcesses } from '../../core/describe-processes.js'
import { unmount, type UnmountResult } from '../../operations/unmount.js'
import { flagOf, type Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const given = context.args[0]
  const result = await unmount(
    context.services,
    {
      path: given === undefined ? undefined : expandTilde(given),
      // The configured path is a default; it must not override a path that is given.
      usual: given === undefined ? usualPath(context) : '',
      force: flagOf(context, 'force')
    },
    context.run
  )
  if (context.json) context.answer(result)
  else context.print(`unmounted ${result.path}`)
  if (result.isHeld) context.note(holdersLine(result))
}

/** Returns the configured path, or the default where the configuration cannot say. */
function usualPath({ config }: Context): string {
  try {
    return expandTilde(config['mount.path'])
  } catch (error) {
    if (!isKitError(error, 'CONFIG_INVALID')) throw error
    return expandTilde(KEYS['mount.path'].standard as string)
  }
}

/** Says in one line who still holds a mount that was taken away. */
function holdersLine({ path, holders, binds }: UnmountResult): string {
  const who = [
    ...(holders.length > 0 ? [`process ${describeProcesses(holders)}`] : []),
    ...binds.map((bind) => `the bind mount ${bind}`)
  ]
  const held = who.length > 0 ? who.join(', ') : 'a process that cannot be seen from here'
  return `${path} is still held by ${held}, which is served until it lets go; \`ipfs-kit unmount --force ${path}\` ends that`
}
