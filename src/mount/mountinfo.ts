/** Finds the mounts of this program in the table of mounts. */
import { readMounts, type MountEntry } from '../core/mount-table.js'

export const SUBTYPE = 'ipfs-kit'
export const FS_TYPE = `fuse.${SUBTYPE}`
const SOURCE_PREFIX = 'ipfs-kit:'

const isOurs = ({ type }: MountEntry): boolean => type === FS_TYPE

/** Returns the mounts of this program, the last mounted first. */
export const ownMounts = (): MountEntry[] => readMounts().filter(isOurs).reverse()

/** Returns the mount that a path shows, on top of all that are stacked there. */
export function topMountAt(
  path: string,
  mounts: readonly MountEntry[] = readMounts()
): MountEntry | undefined {
  const here = mounts.filter((mount) => mount.path === path)
  return here.findLast((mount) => !here.some(({ parent }) => parent === mount.id))
}

/** Returns the mount of this program that a path shows; undefined where another one hides it. */
export function ownMountAt(path: string): MountEntry | undefined {
  const top = topMountAt(path)
  return top !== undefined && isOurs(top) ? top : undefined
}

/**
 * Returns the mount that shows all of a file system of this program, at `path` if it is there, else
 * where it was moved or bound to; undefined where this namespace has none.
 */
export function wholeMountOf(
  device: string,
  path: string,
  mounts: readonly MountEntry[] = readMounts()
): MountEntry | undefined {
  const whole = mounts.filter((one) => isOurs(one) && one.device === device && one.root === '/')
  return whole.find((one) => one.path === path) ?? whole[0]
}

/** Returns whether the table still has a mount that was read from it before. */
export const isStillMounted = ({ id, device, path }: MountEntry): boolean =>
  readMounts().some((mount) => mount.id === id && mount.device === device && mount.path === path)

/** Returns the user who made a mount; −1 where the table does not tell. */
export const userOf = ({ options }: MountEntry): number =>
  Number(/(?:^|,)user_id=(\d+)/.exec(options)?.[1] ?? -1)

/** Returns the source of a mount, as `df` and mountinfo show it; it names the home. */
export const sourceOf = (home: string): string => SOURCE_PREFIX + home

export const homeOf = (mount: MountEntry): string | undefined =>
  mount.source.startsWith(SOURCE_PREFIX) ? mount.source.slice(SOURCE_PREFIX.length) : undefined
