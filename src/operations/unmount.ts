/** Unmounts. */
import type { Operation } from './operation.js'
import type { UnmountRequest } from './services.js'

export interface UnmountResult {
  readonly path: string
}

/**
 * Unmounts, and resolves when the processes behind the mount have ended, unless they serve others.
 * @throws PATH_NOT_FOUND, EXISTS for a mount in use, USAGE where several mounts are possible.
 */
export const unmount: Operation<UnmountRequest, UnmountResult> = async (services, request, run) => {
  return { path: await services.mounts.unmount(request, run) }
}
