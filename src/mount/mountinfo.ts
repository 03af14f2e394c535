/** Reads the mounts from /proc/self/mountinfo, which no hanging file system can block. */
import { readFileSync } from 'node:fs'

export const SUBTYPE = 'ipfs-kit'
export const FS_TYPE = `fuse.${SUBTYPE}`
const SOURCE_PREFIX = 'ipfs-kit:'

export interface MountEntry {
  readonly path: string
  /** Major and minor number, as `0:39`. */
  readonly device: string
  /** The part of the file system that is shown, `/` for all of it. */
  readonly root: string
  readonly type: string
  readonly source: string
}

const unescape = (text: string): string =>
  Buffer.from(
    text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8))
    ),
    'latin1'
  ).toString('utf8')

export function readMounts(): MountEntry[] {
  const lines = readFileSync('/proc/self/mountinfo', 'latin1').split('\n')
  return lines.filter(Boolean).map((line) => {
    const [before = '', after = ''] = line.split(' - ')
    const [type = '', source = ''] = after.split(' ')
    const [, , device = '', root = '', path = ''] = before.split(' ')
    const names = { root: unescape(root), path: unescape(path), source: unescape(source) }
    return { device, type, ...names }
  })
}

/** Returns the mounts of this program, the last mounted first. */
export const ownMounts = (): MountEntry[] =>
  readMounts()
    .filter(({ type }) => type === FS_TYPE)
    .reverse()

/** Returns the source of a mount, as `df` and mountinfo show it; it names the home. */
export const sourceOf = (home: string): string => SOURCE_PREFIX + home

export const homeOf = (mount: MountEntry): string | undefined =>
  mount.source.startsWith(SOURCE_PREFIX) ? mount.source.slice(SOURCE_PREFIX.length) : undefined
