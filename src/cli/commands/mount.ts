/** `mount`: show the home as files, by the engine that owns it or by a new one. */
import { DRIVERS, expandHome, OPEN_MODES, parseChoice } from '../../config/config.js'
import { formatSize, parseSize } from '../../config/units.js'
import { KitError } from '../../core/errors.js'
import { mount } from '../../operations/mount.js'
import { mountOptionsFrom, type MountOptions } from '../../operations/mount-options.js'
import { flagOf, valueOf, type Context } from '../context.js'
import { countFrom } from '../values.js'

export async function run(context: Context): Promise<number> {
  const started = Date.now()
  const request = {
    path: expandHome(context.args[0] ?? context.config['mount.path']),
    options: optionsFrom(context),
    listen: context.config['metrics.listen']
  }
  if (flagOf(context, 'foreground')) {
    const ready = (): void => context.print(`mounted at ${request.path}; Ctrl-C unmounts`)
    return await context.services.mounts.serve(request, ready, context.run)
  }
  const mounted = await mount(context.services, request, context.run)
  if (context.json) context.answer({ ...mounted, readyMs: Date.now() - started })
  else context.print(`mounted at ${mounted.path}`)
  return 0
}

function optionsFrom(context: Context): MountOptions {
  const driver = choiceFrom(context, 'driver', DRIVERS)
  return mountOptionsFrom(context.config, {
    ...given('uid', countFrom(context, 'uid')),
    ...given('gid', countFrom(context, 'gid')),
    ...given('umask', umaskFrom(context)),
    ...given('allowOther', flagOf(context, 'allow-other') ? true : undefined),
    ...given('open', choiceFrom(context, 'open', OPEN_MODES)),
    ...given('driver', driver === 'auto' ? undefined : driver),
    ...given('memory', memoryFrom(context))
  })
}

/** What was not said takes nothing's place. */
const given = <K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } =>
  value === undefined ? {} : ({ [key]: value } as { [P in K]?: V })

const MIN_MEMORY = 1 << 20

function memoryFrom(context: Context): number | undefined {
  const text = valueOf(context, 'memory')
  if (text === undefined) return undefined
  const bytes = parseSize(text)
  if (bytes < MIN_MEMORY)
    throw new KitError('USAGE', `${formatSize(bytes)} of memory is too little; give 1MiB or more`)
  return bytes
}

function choiceFrom<T extends string>(
  context: Context,
  name: string,
  words: readonly T[]
): T | undefined {
  const text = valueOf(context, name)
  if (text === undefined) return undefined
  try {
    return parseChoice(words, text)
  } catch (error) {
    throw new KitError('USAGE', `--${name} ${(error as Error).message}, not "${text}"`)
  }
}

function umaskFrom(context: Context): number | undefined {
  const text = valueOf(context, 'umask')
  if (text === undefined) return undefined
  if (!/^0?[0-7]{1,3}$/.test(text))
    throw new KitError('USAGE', `--umask takes octal digits such as 022, not "${text}"`)
  return Number.parseInt(text, 8)
}
