/**
 * Finds what holds a file system: processes with an open file, a folder or a mapping in it, and
 * mount namespaces and bind mounts that show it. It asks the file system itself for nothing, so that
 * one whose server hangs cannot hold up the search.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { readMounts, type MountEntry } from '../core/mount-table.js'
import { libcFunction } from '../core/native.js'

export interface Holder {
  readonly pid: number
  /** Name of its program, as `ps` shows it. */
  readonly command: string
  /**
   * What it has: something of the file system in use, or only a mount namespace that shows it. Who
   * has both is in the list for what it uses.
   */
  readonly by: 'use' | 'namespace'
  /** Whether its mount namespace is that of this process. */
  readonly isHere: boolean
}

export interface Holders {
  readonly processes: readonly Holder[]
  /** Paths of this namespace that show the file system. */
  readonly mounts: readonly string[]
}

/**
 * Returns what holds a file system, as far as this process may see it.
 * @param device its major and minor number, as `0:39`.
 */
export function holdersOf(device: string): Holders {
  const own = mountsOf(device)
  const here = namespaceOf('self')
  const shown = new Map<string, boolean>()
  const processes: Holder[] = []
  for (const pid of pids()) {
    const namespace = namespaceOf(pid)
    const key = namespace === '' ? `process ${pid}` : namespace
    if (!shown.has(key)) shown.set(key, namespace !== here && showsElsewhere(pid, device, own))
    const uses = isUsing(pid, device)
    if (uses || shown.get(key) === true)
      processes.push({
        pid: Number(pid),
        command: commandOf(pid),
        by: uses ? 'use' : 'namespace',
        isHere: namespace === here
      })
  }
  // Who uses files tells more than who merely sees the mount.
  processes.sort((a, b) => rank(a) - rank(b) || a.pid - b.pid)
  return { processes, mounts: own.map(({ path }) => path) }
}

const mountsOf = (device: string, file?: string): MountEntry[] =>
  readMounts(file).filter((mount) => mount.device === device)

const pids = (): string[] =>
  readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid))

/** Returns the mount namespace of a process; empty where that may not be known. */
const namespaceOf = (pid: string): string => unlessGone('', () => readlinkSync(`/proc/${pid}/ns/mnt`)) // prettier-ignore

/** A mount has its number in one namespace alone, so a shared number tells that it is this one. */
function showsElsewhere(pid: string, device: string, own: readonly MountEntry[]): boolean {
  const theirs = unlessGone([], () => mountsOf(device, `/proc/${pid}/mountinfo`))
  return theirs.length > 0 && !theirs.some(({ id }) => own.some((mount) => mount.id === id))
}

const commandOf = (pid: string): string =>
  unlessGone('?', () => readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd())

function isUsing(pid: string, device: string): boolean {
  for (const name of ['cwd', 'root', 'exe'])
    if (deviceOf(`/proc/${pid}/${name}`) === device) return true
  const folder = `/proc/${pid}/fd`
  const descriptors = unlessGone<string[]>([], () => readdirSync(folder))
  if (descriptors.some((name) => isFileOn(`${folder}/${name}`, device))) return true
  return isMapping(pid, device)
}

/** Only what has a path is looked at: most descriptors are sockets and pipes. */
const isFileOn = (link: string, device: string): boolean =>
  unlessGone('', () => readlinkSync(link)).startsWith('/') && deviceOf(link) === device

/** Returns whether a process has mapped a file; `maps` has devices as `00:27`, in hexadecimal. */
function isMapping(pid: string, device: string): boolean {
  const hex = device.split(':').map((part) => Number(part).toString(16).padStart(2, '0'))
  const mark = ` ${hex.join(':')} `
  return unlessGone('', () => readFileSync(`/proc/${pid}/maps`, 'latin1')).includes(mark)
}

/** A process may end, or be another user's, while it is looked at. */
function unlessGone<T>(otherwise: T, read: () => T): T {
  try {
    return read()
  } catch {
    return otherwise
  }
}

const AT_FDCWD = -100
const AT_STATX_DONT_SYNC = 0x4000
/** struct statx: size, and the places of the major and minor number. */
const STATX_BYTES = 256
const STATX_MAJOR = 136
const STATX_MINOR = 140

/**
 * Returns the device that a link in /proc leads to. It asks for the device alone and without
 * synchronisation, which the kernel answers by itself.
 */
function deviceOf(link: string): string | undefined {
  const statx = libcFunction(
    'int statx(int dir, const char *path, int flags, unsigned int mask, void *into)'
  )
  const into = Buffer.alloc(STATX_BYTES)
  if (statx(AT_FDCWD, link, AT_STATX_DONT_SYNC, 0, into) !== 0) return undefined
  return `${into.readUInt32LE(STATX_MAJOR)}:${into.readUInt32LE(STATX_MINOR)}`
}

const rank = ({ by }: Holder): number => (by === 'use' ? 0 : 1)
