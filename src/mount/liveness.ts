/** Finds out whether anybody serves a mount, from outside of its engine. */
import type { MountEntry } from '../core/mount-table.js'
import { run } from './run.js'
import { userOf } from './mountinfo.js'

/** How long a server may take to answer. */
const ANSWER_MS = 2000

/**
 * Asks a mount for its size, by a process of its own, which may hang in place of this one, and as
 * the user who mounted, since the kernel lets nobody else in.
 * @returns `alive`, `dead` if its server has ended, or `unknown` if it does not answer or this user
 * cannot ask.
 */
export async function livenessOf(mount: MountEntry): Promise<'alive' | 'dead' | 'unknown'> {
  const { path, options } = mount
  const uid = userOf(mount)
  const gid = Number(/(?:^|,)group_id=(\d+)/.exec(options)?.[1] ?? -1)
  const isOwn = uid === process.getuid?.()
  const isRoot = process.getuid?.() === 0
  if (!isOwn && !isRoot) return 'unknown'
  const asUser = isOwn ? {} : { asUser: { uid, gid } }
  try {
    const { code, stderr } = await run('stat', ['-f', path], { timeoutMs: ANSWER_MS, ...asUser })
    if (code === 0) return 'alive'
    return /endpoint is not connected|connection abort|connection refused/i.test(stderr)
      ? 'dead'
      : 'unknown'
  } catch {
    // There is no stat, or no such user in this container.
    return 'unknown'
  }
}
