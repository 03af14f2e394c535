/** What a backend was added with. */
import type { ConfiguredBackend } from '../../backends/configured.js'
import { configured, type BackendNamed } from './configured-backend.js'
import type { Operation } from './operation.js'

/** What a backend was added with. @throws PATH_NOT_FOUND. */
export const backendShow: Operation<BackendNamed, ConfiguredBackend> = (services, { name }, _run) =>
  Promise.resolve(configured(services.home, name))
