/** Changes options of a backend. */
import {
  saveConfigured,
  type BackendConfig,
  type ConfiguredBackend
} from '../../backends/configured.js'
import { checkOptions } from '../../backends/registry.js'
import type { BackendChange } from './backend-change.js'
import { configured } from './configured-backend.js'
import type { Operation } from './operation.js'

export interface BackendUpdateRequest extends BackendChange {
  readonly name: string
}

/** Changes options of a backend; those not named stay. @throws PATH_NOT_FOUND, USAGE. */
export const backendUpdate: Operation<BackendUpdateRequest, ConfiguredBackend> = async (
  services,
  request,
  _run
) => {
  const before = configured(services.home, request.name)
  const { name, type } = before
  const config: BackendConfig = {
    type,
    options: { ...before.options, ...request.options },
    priority: request.priority ?? before.priority,
    timeout_ms: request.timeoutMs ?? before.timeout_ms,
    read_only: request.readOnly ?? before.read_only
  }
  await checkOptions(name, type, config.options)
  saveConfigured(services.home, name, config)
  await services.backendsChanged()
  return { name, ...config }
}
