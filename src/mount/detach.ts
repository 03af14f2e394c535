/** Unmounts a mount of this program, served or stale, in the mount namespace of this process. */
import { readMounts, type MountEntry } from '../core/mount-table.js'
import { KitError } from '../core/errors.js'
import { describeProcesses } from '../core/describe-processes.js'
import { holdersOf } from './holders.js'
import { isStillMounted, topMountAt } from './mountinfo.js'
import { run, type Outcome } from './run.js'

/**
 * `gentle` refuses while files are open; `lazy` takes the path away and leaves open files alone;
 * `abort` ends the connection as well, where this user may, so that whoever holds it gets errors.
 */
export type Detaching = 'gentle' | 'lazy' | 'abort'

/**
 * Unmounts; does nothing if the mount is gone already.
 * @throws BUSY if it is in use; EXISTS if another mount hides it; ACCESS_DENIED.
 */
export async function detach(mount: MountEntry, how: Detaching): Promise<void> {
  if (!isStillMounted(mount)) return
  refuseHidden(mount)
  const gentle = await helper([], mount)
  if (gentle.code === 0 || !isStillMounted(mount)) return
  if (how === 'gentle') refuseInUse(mount, gentle.stderr)
  // As root, -f aborts the connection, so that blocked readers get an error; -l then detaches it.
  if (how === 'abort' && isRoot()) await helper(['-f'], mount)
  if (!isStillMounted(mount)) return
  const lazy = await helper([isRoot() ? '-l' : '-z'], mount)
  if (lazy.code !== 0 && isStillMounted(mount)) throw failure(mount, lazy.stderr)
}

const isRoot = (): boolean => process.getuid?.() === 0

/** Runs the helper on a path. One that is not UTF-8 goes through a shell, as no argument can be. */
function helper(flags: readonly string[], { path, pathBytes }: MountEntry): Promise<Outcome> {
  const [program, ...args] = isRoot() ? ['umount', ...flags] : ['fusermount3', '-u', ...flags]
  if (Buffer.from(path).equals(pathBytes)) return run(program, [...args, path])
  const octal = [...pathBytes].map((byte) => `\\0${byte.toString(8).padStart(3, '0')}`).join('')
  // The letter behind it keeps newlines at its end.
  const script = 'path=$(printf %b "$0"x) && exec "$@" "${path%x}"'
  return run('sh', ['-c', script, octal, program, ...args])
}

/** A helper takes a path, so it would take away what lies on top there. */
function refuseHidden({ id, path }: MountEntry): void {
  const top = topMountAt(path)
  if (top !== undefined && top.id !== id)
    throw new KitError(
      'EXISTS',
      `another mount (${top.type} ${top.source}) lies on top of ${path}; unmount that first`
    )
}

/**
 * Refuses what is in use here. A mount that only processes of other mount namespaces use, to which
 * the unmount spreads, is not: they keep what they have open.
 * @throws BUSY, ACCESS_DENIED.
 */
function refuseInUse(mount: MountEntry, stderr: string): void {
  if (!/busy/i.test(stderr)) throw failure(mount, stderr)
  const inside = readMounts().find(({ parent }) => parent === mount.id)
  if (inside !== undefined)
    throw new KitError('BUSY', `${inside.path} is mounted in ${mount.path}; unmount that first`)
  const using = holdersOf(mount.device).processes.filter(({ by }) => by === 'use')
  const here = using.filter(({ isHere }) => isHere)
  if (here.length === 0 && using.length > 0) return
  const who = here.length === 0 ? stderr : `by ${describeProcesses(here)}`
  throw new KitError(
    'BUSY',
    `${mount.path} is in use (${who}); close what uses it, or say \`ipfs-kit unmount --force ${mount.path}\``
  )
}

function failure({ path }: MountEntry, stderr: string): KitError {
  const isDenied = /not permitted|permission denied|superuser/i.test(stderr)
  return new KitError(
    isDenied ? 'ACCESS_DENIED' : 'BUSY',
    `${path} cannot be unmounted by this process: ${stderr}`
  )
}
