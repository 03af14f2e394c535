/** Finds which place of a mount a path shows, without asking the mount, which may hang. */
import { readlinkSync } from 'node:fs'
import { resolve, sep } from 'node:path'
import { readMounts, type MountEntry } from '../core/mount-table.js'
import { systemCode } from '../core/errors.js'
import { FS_TYPE, homeOf, topMountAt } from './mountinfo.js'

/** Most links on one path, as the kernel has it. */
const MAX_LINKS = 40

export interface PlaceInMount {
  /** The home whose content the mount shows, if it is told. */
  readonly home: string | undefined
  /** The names below the root of the whole mount. */
  readonly names: readonly string[]
}

const namesOf = (path: string): string[] => path.split(sep).filter((name) => name !== '')

/**
 * Returns the place that a path shows in a mount of this program, of any home: below it, through
 * links that lead there, and in a bind mount of a part of it. `.` and `..` are resolved by the text
 * of the path, before links.
 * @returns undefined for a path in no mount.
 */
export function placeInMount(path: string): PlaceInMount | undefined {
  const mounts = readMounts()
  let rest = absoluteNames(path)
  for (let links = 0; rest !== undefined && links <= MAX_LINKS; links++) {
    const found = follow(rest, mounts)
    if (found === undefined || !Array.isArray(found)) return found
    rest = found
  }
  return undefined
}

/** Returns undefined for a relative path where the current folder was removed. */
function absoluteNames(path: string): string[] | undefined {
  try {
    return namesOf(resolve(path))
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Walks down to the first mount or link.
 * @returns the place in the mount, or the names behind the link; undefined where there is neither.
 */
function follow(
  names: readonly string[],
  mounts: readonly MountEntry[]
): PlaceInMount | string[] | undefined {
  let folder: string = sep
  for (const [i, name] of names.entries()) {
    const here = folder === sep ? sep + name : folder + sep + name
    const rest = names.slice(i + 1)
    const mount = topMountAt(here, mounts)
    if (mount?.type === FS_TYPE)
      return { home: homeOf(mount), names: [...namesOf(mount.root), ...rest] }
    const link = linkAt(here)
    if (link === 'none') return undefined
    if (link !== undefined) return [...namesOf(resolve(folder, link.target)), ...rest]
    folder = here
  }
  return undefined
}

/** Returns the target of a link, undefined for what is none, `none` where nothing can be found. */
function linkAt(path: string): { readonly target: string } | 'none' | undefined {
  try {
    return { target: readlinkSync(path) }
  } catch (error) {
    return systemCode(error) === 'EINVAL' ? undefined : 'none'
  }
}
