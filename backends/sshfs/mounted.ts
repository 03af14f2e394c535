/** Tells from the table of mounts what is mounted at a path, without asking the mount, which may hang. */
import { KitError } from '../../src/core/errors.js'
import { readMounts, type MountEntry } from '../../src/core/mount-table.js'

/** A mount as it was when the backend was added. */
export interface KnownMount {
  /** What is mounted, such as `me@box:/srv`. */
  readonly source: string
  readonly point: string
  /** The type of its file system, such as `fuse.sshfs`. */
  readonly type: string
}

/** As mount(8) prints them. */
const TEXT = /^(.+) on (\/.*) type (\S+)$/
/** File systems that lie elsewhere, and go away. */
const REMOTE =
  /^(?:fuse|fuseblk|fuse\..+|nfs\d?|cifs|smb3?|smbfs|9p|ceph|glusterfs|lustre|afs|davfs|virtiofs)$/

export const mountText = ({ source, point, type }: KnownMount): string =>
  `${source} on ${point} type ${type}`

/** @throws USAGE. */
export function parseMount(text: string): KnownMount {
  const [, source, point, type] = TEXT.exec(text) ?? []
  if (source !== undefined && point !== undefined && type !== undefined)
    return { source, point, type }
  throw new KitError(
    'USAGE',
    `--mount takes a line as mount(8) prints it, such as "me@box:/srv on /mnt/box type fuse.sshfs", not "${text}"`
  )
}

/** Returns the mount that an absolute path shows; undefined where it is on none that lies elsewhere. */
export function remoteMountAt(path: string): MountEntry | undefined {
  const around = readMounts().filter(({ path: point }) => isInside(path, point))
  const longest = Math.max(...around.map(({ path: point }) => point.length))
  const here = around.filter(({ path: point }) => point.length === longest)
  const top = here.findLast((mount) => !here.some(({ parent }) => parent === mount.id))
  return top !== undefined && REMOTE.test(top.type) ? top : undefined
}

const isInside = (path: string, point: string): boolean =>
  path === point || path.startsWith(point === '/' ? point : `${point}/`)

/**
 * Returns the device of the mount that was there when the backend was added, or of one like it.
 * @throws BACKEND_UNAVAILABLE where another one, or none, is there now.
 */
export function deviceOf(path: string, known: KnownMount): string {
  const found = remoteMountAt(path)
  if (found?.type === known.type && found.source === known.source) return found.device
  const now =
    found === undefined
      ? `nothing is mounted at ${known.point}`
      : `${found.source} (${found.type}) is mounted at ${found.path}`
  throw new KitError(
    'BACKEND_UNAVAILABLE',
    `${path}: ${now}, and not ${known.source} (${known.type}); ${howToMount(known)}`
  )
}

function howToMount({ source, point, type }: KnownMount): string {
  const quoted = `${quote(source)} ${quote(point)}`
  if (type === 'fuse.sshfs') return `mount it with \`sshfs ${quoted}\``
  if (type === 'fuse' || type.startsWith('fuse.')) return `mount ${source} at ${point} again`
  return `mount it with \`mount -t ${type} ${quoted}\``
}

const quote = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
