/**
 * The kernel reads 128 KiB ahead of a mount whatever was negotiated; root can raise that on the
 * device that the mount goes by. Anyone else stays at 128 KiB.
 */
import { writeFileSync } from 'node:fs'
import { readMounts } from './mountinfo.js'

const READ_AHEAD_KIB = 1024

/** Let the kernel read far ahead below a path that is mounted; nothing happens where it may not be. */
export function raiseReadAhead(path: string): void {
  const mount = readMounts().findLast((one) => one.path === path)
  if (mount === undefined) return
  try {
    writeFileSync(`/sys/class/bdi/${mount.device}/read_ahead_kb`, String(READ_AHEAD_KIB))
  } catch {
    // Not root, or no sysfs here: it is slower, nothing else.
  }
}
