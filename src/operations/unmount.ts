/** Unmounts. */
import type { Operation } from './operation.js'
import type { UnmountRequest, UnmountResult } from './services.js'

export type { UnmountResult }

/**
 * Unmounts, and resolves when the processes behind the mount have ended, unless they serve others:
 * other mounts, or whoever still holds this one.
 * @throws PATH_NOT_FOUND, EXISTS for a mount in use, USAGE where several mounts are possible.
 */
export const unmount: Operation<UnmountRequest, UnmountResult> = (services, request, run) =>
  services.mounts.unmount(request, run)
