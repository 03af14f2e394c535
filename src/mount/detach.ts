/** Unmounts a mount of this program, served or stale. */
import { KitError } from '../core/errors.js'
import { ownMounts } from './mountinfo.js'
import { run } from './run.js'

const isMounted = (path: string): boolean => ownMounts().some((mount) => mount.path === path)

/**
 * Unmounts a path; does nothing if no mount of this program is there.
 * @param force detach it even if files are open or no process serves it.
 * @throws EXISTS if it is in use and `force` is not given.
 */
export async function detach(path: string, force: boolean): Promise<void> {
  if (!isMounted(path)) return
  const asRoot = process.getuid?.() === 0
  const gentle = asRoot ? ['umount', path] : ['fusermount3', '-u', path]
  const { stderr } = await helper(gentle)
  if (!isMounted(path)) return
  if (!force)
    throw new KitError(
      'EXISTS',
      `${path} is in use (${stderr}); close what uses it, or say \`ipfs-kit unmount --force ${path}\``
    )
  // As root, -f aborts the connection, so that blocked readers get an error; -l then detaches it.
  if (asRoot) await helper(['umount', '-f', path])
  if (isMounted(path))
    await helper(asRoot ? ['umount', '-l', path] : ['fusermount3', '-u', '-z', path])
}

const helper = ([program, ...args]: readonly string[]) => run(program!, args)
