/** Where systemd looks for units that people install, and those of this program that are there. */
import { readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { HOME_MARK, MARK, MOUNT_MARK, unitFile, type UnitScope } from './unit-text.js'

/** Returns the folder of a scope. Source: systemd.unit(5), "Unit File Load Path". */
export const unitFolder = (scope: UnitScope): string =>
  scope === 'system'
    ? '/etc/systemd/system'
    : join(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'systemd', 'user')

export interface InstalledUnit {
  /** Without `.service`. */
  readonly name: string
  readonly scope: UnitScope
  readonly home: string
  /** Where it mounts; undefined for an engine without a mount. */
  readonly path: string | undefined
}

/** Returns the units of this program. What cannot be read is left out. */
export const installedUnits = (): InstalledUnit[] =>
  (['user', 'system'] as const).flatMap((scope) => {
    const folder = unitFolder(scope)
    return namesIn(folder).flatMap((name) => {
      const text = textOf(join(folder, name))
      const home = markedValue(text, HOME_MARK)
      if (!text.startsWith(MARK) || home === undefined) return []
      return [{ name: name.slice(0, -'.service'.length), scope, home, path: markedValue(text, MOUNT_MARK) }] // prettier-ignore
    })
  })

/**
 * Returns a unit of a name that is not in a scope but in the other one, with the flag that means it;
 * undefined where there is none.
 */
export function unitElsewhere(
  name: string,
  scope: UnitScope
): { readonly file: string; readonly flag: string } | undefined {
  const units = installedUnits().filter((one) => one.name === name)
  const [other] = units
  if (other === undefined || units.some((one) => one.scope === scope)) return undefined
  return { file: unitFile(unitFolder(other.scope), name), flag: `--${other.scope}` }
}

/** Returns the value behind a mark at the beginning of a line. */
export function markedValue(text: string, mark: string): string | undefined {
  const line = text.split('\n').find((one) => one.startsWith(mark))
  try {
    const value: unknown = line === undefined ? undefined : JSON.parse(line.slice(mark.length))
    return typeof value === 'string' ? value : undefined
  } catch {
    // Somebody edited it.
    return undefined
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.service'))
  } catch {
    // There is no such folder, or another user's.
    return []
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // A link that leads nowhere, or another user's.
    return ''
  }
}
