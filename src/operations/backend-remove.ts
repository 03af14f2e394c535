/** Forgetting a backend. */
import { removeConfigured } from '../../backends/configured.js'
import { noSuchBackend, type BackendNamed } from './configured-backend.js'
import type { Operation } from './operation.js'

/** Forgets a backend; what it holds stays there. One that is damaged is mended by removing it. @throws PATH_NOT_FOUND. */
export const backendRemove: Operation<BackendNamed, BackendNamed> = async (
  services,
  { name },
  _run
) => {
  if (!removeConfigured(services.home, name)) throw noSuchBackend(name)
  await services.backendsChanged()
  return { name }
}
