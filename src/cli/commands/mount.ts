/** `mount`: mounts the home, by the engine that owns it or by a new one. */
import { DRIVERS, expandTilde, OPEN_MODES } from '../../config/config.js'
import { formatSize, parseSize } from '../../config/units.js'
import { KitError } from '../../core/errors.js'
import { engineChoiceFrom } from '../../operations/engine-choice.js'
import { mount } from '../../operations/mount.js'
import { mountOptionsFrom, type MountOptions } from '../../operations/mount-options.js'
import { flagOf, valueOf, type Context } from '../context.js'
import { countFrom } from '../values.js'

export async function run(context: Context): Promise<KitError | undefined> {
  const started = Date.now()
  const request = {
    path: expandTilde(context.args[0] ?? context.config['mount.path']),
    options: optionsFrom(context),
    anyFolder: flagOf(context, 'any-folder'),
    ...engineChoiceFrom(context.config)
  }
  // In the foreground this process supervises the engine, so it stays until the unmount.
  if (flagOf(context, 'foreground')) {
    const ready = (): void => context.print(`mounted at ${request.path}; Ctrl-C unmounts`)
    const code = await context.services.mounts.serve(request, ready, context.run)
    if (code === 0) return undefined
    return new KitError('IO', `the engine of ${request.path} ended before it was told to`)
  }
  const mounted = await mount(context.services, request, context.run)
  if (context.json) context.answer({ ...mounted, readyMs: Date.now() - started })
  else context.print(`mounted at ${mounted.path}`)
  return undefined
}

/** Returns the options of the mount: the configuration, overridden by flags. @throws USAGE. */
function optionsFrom(context: Context): MountOptions {
  const driver = choiceFrom(context, 'driver', DRIVERS)
  return mountOptionsFrom(context.config, {
    ...ifGiven('uid', countFrom(context, 'uid')),
    ...ifGiven('gid', countFrom(context, 'gid')),
    ...ifGiven('umask', umaskFrom(context)),
    ...ifGiven('readOnly', flagOf(context, 'read-only') ? true : undefined),
    ...ifGiven('allowOther', flagOf(context, 'allow-other') ? true : undefined),
    ...ifGiven('open', choiceFrom(context, 'open', OPEN_MODES)),
    ...ifGiven('driver', driver === 'auto' ? undefined : driver),
    ...ifGiven('memory', memoryFrom(context))
  })
}

/** Returns an object with the key, or an empty one, so that a missing flag overrides nothing. */
const ifGiven = <K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } =>
  value === undefined ? {} : ({ [key]: value } as { [P in K]?: V })

/** Least bytes of memory for tables with which a mount works well. */
const MIN_MEMORY = 1 << 20

/** Returns bytes from --memory. @throws USAGE. */
function memoryFrom(context: Context): number | undefined {
  const text = valueOf(context, 'memory')
  if (text === undefined) return undefined
  const bytes = parseSize(text)
  if (bytes < MIN_MEMORY)
    throw new KitError('USAGE', `${formatSize(bytes)} of memory is too little; give 1MiB or more`)
  return bytes
}

/** Returns one of `words` from a flag, whose value was checked when it was parsed. */
const choiceFrom = <T extends string>(
  context: Context,
  name: string,
  words: readonly T[]
): T | undefined => words.find((word) => word === valueOf(context, name))

/** Returns the umask, which is octal even without a leading 0. @throws USAGE. */
function umaskFrom(context: Context): number | undefined {
  const text = valueOf(context, 'umask')
  if (text === undefined) return undefined
  if (!/^0?[0-7]{1,3}$/.test(text))
    throw new KitError('USAGE', `--umask takes octal digits such as 022, not "${text}"`)
  return Number.parseInt(text, 8)
}
