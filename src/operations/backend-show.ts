/** Shows the options of a backend: those it was added with, and the defaults of the others. */
import type { ConfiguredBackend } from '../../backends/configured.js'
import { defaultsOf } from '../../backends/registry.js'
import { configured, type BackendNamed } from './configured-backend.js'
import type { Operation } from './operation.js'

export interface ShownBackend extends ConfiguredBackend {
  /** The defaults, as text, of the options that were not given. */
  readonly defaults: Readonly<Record<string, string>>
}

/** Shows a backend's configuration. @throws PATH_NOT_FOUND. */
export const backendShow: Operation<BackendNamed, ShownBackend> = (services, { name }, _run) => {
  const config = configured(services.home, name)
  return Promise.resolve({ ...config, defaults: defaultsOf(config.type, config.options) })
}
