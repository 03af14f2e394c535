/** Removes a backend from the configuration. */
import { removeConfigured } from '../../backends/configured.js'
import { noSuchBackend, type BackendNamed } from './configured-backend.js'
import type { Operation } from './operation.js'

/**
 * Removes a backend from the configuration; its content stays where it is. A damaged entry can be
 * removed too.
 * @throws PATH_NOT_FOUND.
 */
export const backendRemove: Operation<BackendNamed, BackendNamed> = async (
  services,
  { name },
  _run
) => {
  if (!removeConfigured(services.home, name)) throw noSuchBackend(name)
  await services.backendsChanged()
  return { name }
}
