/** Reads the mounts from /proc/self/mountinfo, which no hanging file system can block. */
import { readFileSync } from 'node:fs'

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
