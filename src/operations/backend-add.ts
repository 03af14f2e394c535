/** Adds a backend. */
import { randomBytes } from 'node:crypto'
import {
  checkName,
  readConfigured,
  saveConfigured,
  type BackendConfig,
  type ConfiguredBackend
} from '../../backends/configured.js'
import { DEFAULT_PRIORITY, DEFAULT_TIMEOUT_MS } from '../../backends/options.js'
import { checkOptions, completedOptions, optionsOf } from '../../backends/registry.js'
import { Secrets, saveSecrets } from '../../backends/secrets.js'
import { KitError } from '../core/errors.js'
import { chosenKey, keyNotice } from './backend-encryption.js'
import { keptOf, type BackendChange } from './backend-change.js'
import { givenSecrets } from './given-secrets.js'
import type { Operation } from './operation.js'

export interface BackendAddRequest extends BackendChange {
  readonly name: string
  readonly type: string
}

/**
 * Adds a backend: content that is missing here is fetched from it from now on. @throws EXISTS,
 * USAGE, CREDENTIALS.
 */
export const backendAdd: Operation<BackendAddRequest, ConfiguredBackend> = async (
  services,
  request,
  run
) => {
  const { name, type, options } = request
  checkName(name)
  if (readConfigured(services.home, name) !== undefined)
    throw new KitError('EXISTS', `there is a backend ${name} already; change it with \`ipfs-kit backend update ${name}\``) // prettier-ignore
  const secrets = await givenSecrets(optionsOf(type), options, request.secrets ?? {})
  const key = await chosenKey({ home: services.home, name, isNew: true }, request)
  const config: BackendConfig = {
    id: randomBytes(8).toString('hex'),
    type,
    options: completedOptions(type, options),
    priority: request.priority ?? DEFAULT_PRIORITY,
    timeout_ms: request.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    read_only: request.readOnly ?? false,
    recipient: key.recipient,
    ...keptOf(request)
  }
  await checkOptions(name, type, options, new Secrets(secrets), key.recipient !== undefined)
  key.save()
  saveSecrets(services.home, name, secrets)
  saveConfigured(services.home, name, config)
  if (key.recipient !== undefined) run.warn(keyNotice(services.home, name))
  await services.backendsChanged()
  return { name, ...config }
}
