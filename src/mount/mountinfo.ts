/** Reads the mounts from /proc/self/mountinfo, which no hanging file system can block. */
import { readFileSync } from 'node:fs'

export const SUBTYPE = 'ipfs-kit'
export const FS_TYPE = `fuse.${SUBTYPE}`
const SOURCE_PREFIX = 'ipfs-kit:'

export interface MountEntry {
  /** Number of this mount, unique in the system for as long as it lives. */
  readonly id: string
  /** Number of the mount on which it lies: for a stacked one, that of the mount below it. */
  readonly parent: string
  /** Major and minor number, as `0:39`: the same for all mounts of one file system. */
  readonly device: string
  /** The part of the file system that is shown, `/` for all of it. */
  readonly root: string
  readonly path: string
  /** The path as bytes, which need not be UTF-8. */
  readonly pathBytes: Buffer
  readonly type: string
  readonly source: string
  /** Options of the file system, as `rw,user_id=0,group_id=0`. */
  readonly options: string
}

/** Decodes `\040` and its like, which stand for spaces, tabs, newlines and backslashes. */
const bytesOf = (text: string): Buffer =>
  Buffer.from(
    text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8))
    ),
    'latin1'
  )

const unescape = (text: string): string => bytesOf(text).toString('utf8')

/** Returns the mounts of this mount namespace, or of the one that another file tells of. */
export function readMounts(file = '/proc/self/mountinfo'): MountEntry[] {
  const lines = readFileSync(file, 'latin1').split('\n')
  return lines.filter(Boolean).map((line) => {
    const [before = '', after = ''] = line.split(' - ')
    const [type = '', source = '', options = ''] = after.split(' ')
    const [id = '', parent = '', device = '', root = '', path = ''] = before.split(' ')
    const names = { root: unescape(root), path: unescape(path), source: unescape(source) }
    return { id, parent, device, type, options, pathBytes: bytesOf(path), ...names }
  })
}

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
