/** Tells where a mount that is asked for at a path stands in the table of mounts. */
import { isKitError } from '../core/errors.js'
import { physicalPath } from '../mount/physical-path.js'

export function mountpoint(path: string): string {
  try {
    return physicalPath(path)
  } catch (error) {
    // Nothing can be mounted there.
    if (isKitError(error)) return path
    throw error
  }
}
