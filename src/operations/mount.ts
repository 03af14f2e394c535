/** Mounts a home. */
import type { MountStatus } from './engine-report.js'
import type { Operation } from './operation.js'
import type { MountRequest } from './services.js'

/**
 * Mounts a home, by the engine that owns it or by a new one; resolves when the mount answers.
 * @throws USAGE for an unsuitable folder, EXISTS, UNSUPPORTED, LOCKED, TIMEOUT.
 */
export const mount: Operation<MountRequest, MountStatus> = (services, request, run) =>
  services.mounts.mount(request, run)
