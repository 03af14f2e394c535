/** Tells mount namespaces apart: what one process mounts, another need not see. */
import { readlinkSync, statSync } from 'node:fs'

/**
 * Returns a text that is equal for processes that see the same mounts at the same paths: their
 * mount namespace, and the folder that is `/` to them. Undefined where that cannot be known.
 */
export function mountNamespace(process = 'self'): string | undefined {
  try {
    const { dev, ino } = statSync(`/proc/${process}/root/`)
    return `${readlinkSync(`/proc/${process}/ns/mnt`)} ${dev}:${ino}`
  } catch {
    // There is no /proc, or the process is another user's, or has ended.
    return undefined
  }
}
