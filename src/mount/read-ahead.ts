/**
 * The kernel's read-ahead. It is 128 KiB for a mount whatever was negotiated; only root can raise
 * it, on the mount's device.
 */
import { writeFileSync } from 'node:fs'

const READ_AHEAD_KIB = 1024

/** Raises the read-ahead of a mounted device, if this process may. */
export function raiseReadAhead(device: string): void {
  try {
    writeFileSync(`/sys/class/bdi/${device}/read_ahead_kb`, String(READ_AHEAD_KIB))
  } catch {
    // Without root or sysfs the mount is only slower.
  }
}
