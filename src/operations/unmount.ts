/** Taking a mount away. */
import type { Operation } from './operation.js'
import type { UnmountRequest } from './services.js'

export interface UnmountResult {
  readonly path: string
}

/**
 * Unmounts, and resolves when the processes behind the mount are gone, unless they serve others.
 * @throws PATH_NOT_FOUND, EXISTS for one that is in use, USAGE where it is not clear which is meant.
 */
export const unmount: Operation<UnmountRequest, UnmountResult> = async (services, request, run) => {
  return { path: await services.mounts.unmount(request, run) }
}
