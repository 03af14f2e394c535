/** Showing a home as files. */
import type { MountStatus } from './engine-report.js'
import type { Operation } from './operation.js'
import type { MountRequest } from './services.js'

/**
 * Mounts, by the engine that owns the home or by a new one; resolves when the mount answers.
 * @throws USAGE for a folder that is not fit, EXISTS, UNSUPPORTED, LOCKED, TIMEOUT.
 */
export const mount: Operation<MountRequest, MountStatus> = (services, request, run) =>
  services.mounts.mount(request, run)
