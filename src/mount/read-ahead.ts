/**
 * The kernel's read-ahead. It is 128 KiB for a mount whatever was negotiated; only root can raise
 * it, on the mount's device.
 */
import { writeFileSync } from 'node:fs'
import { readMounts } from './mountinfo.js'

const READ_AHEAD_KIB = 1024

/** Raises the read-ahead of a mounted path, if this process may. */
export function raiseReadAhead(path: string): void {
  const mount = readMounts().findLast((one) => one.path === path)
  if (mount === undefined) return
  try {
    writeFileSync(`/sys/class/bdi/${mount.device}/read_ahead_kb`, String(READ_AHEAD_KIB))
  } catch {
    // Without root or sysfs the mount is only slower.
  }
}
