/** Takes from the command line which unit is meant. */
import { resolve } from 'node:path'
import { expandHome } from '../config/config.js'
import { KitError } from '../core/errors.js'
import type { UnitScope, UnitSpec } from '../operations/unit-text.js'
import { flagOf, valueOf, type Context } from './context.js'

/** A user's own without --system, root's for the system without --user. @throws USAGE. */
export function scopeFrom(context: Context): UnitScope {
  const [user, system] = [flagOf(context, 'user'), flagOf(context, 'system')]
  if (user && system) throw new KitError('USAGE', 'say either --user or --system')
  if (user) return 'user'
  return system || process.getuid?.() === 0 ? 'system' : 'user'
}

export const unitNameFrom = (context: Context): string => valueOf(context, 'name') ?? 'ipfs-kit'

export function folderFrom(context: Context): string | undefined {
  const folder = valueOf(context, 'dir')
  return folder === undefined ? undefined : resolve(folder)
}

export function unitFrom(context: Context): UnitSpec {
  const [given] = context.args
  const isEngine = flagOf(context, 'engine')
  if (isEngine && given !== undefined)
    throw new KitError('USAGE', '--engine serves without a mount, so it takes no PATH')
  const config = valueOf(context, 'config')
  return {
    scope: scopeFrom(context),
    name: unitNameFrom(context),
    home: context.home,
    config: config === undefined ? undefined : resolve(config),
    path: isEngine ? undefined : expandHome(given ?? context.config['mount.path'])
  }
}
