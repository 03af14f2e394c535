/** Changes options of a backend. */
import {
  saveConfigured,
  type BackendConfig,
  type ConfiguredBackend
} from '../../backends/configured.js'
import { checkOptions, optionsOf } from '../../backends/registry.js'
import { saveSecrets, Secrets, storedSecrets, type StoredSecrets } from '../../backends/secrets.js'
import { isKitError, KitError } from '../core/errors.js'
import { chosenKey } from './backend-encryption.js'
import { keptOf, type BackendChange } from './backend-change.js'
import { configured } from './configured-backend.js'
import { givenSecrets } from './given-secrets.js'
import type { Operation } from './operation.js'

export interface BackendUpdateRequest extends BackendChange {
  readonly name: string
  /** Options to forget; their defaults hold again. */
  readonly unset?: readonly string[]
  /** Takes secrets anew from the environment, or by asking, though some are kept. */
  readonly newSecrets?: boolean
  /** Forgets by what its place was known: pins are stored in what is there now. */
  readonly newPlace?: boolean
}

/**
 * Changes options of a backend; those not named stay.
 * @throws PATH_NOT_FOUND, USAGE, CREDENTIALS.
 */
export const backendUpdate: Operation<BackendUpdateRequest, ConfiguredBackend> = async (
  services,
  request,
  _run
) => {
  const before = configured(services.home, request.name)
  const { name, type } = before
  const unset = request.unset ?? []
  const anew = request.newSecrets === true
  const key = await chosenKey(
    { home: services.home, name, recipient: before.recipient, isNew: false },
    request
  )
  const config: BackendConfig = {
    id: before.id,
    type,
    options: { ...without(before.options, unset), ...request.options },
    priority: request.priority ?? before.priority,
    timeout_ms: request.timeoutMs ?? before.timeout_ms,
    read_only: request.readOnly ?? before.read_only,
    recipient: key.recipient,
    place: request.newPlace === true ? undefined : before.place,
    ...keptOf(request, before)
  }
  const table = optionsOf(type)
  for (const option of unset)
    if (!Object.hasOwn(table, option))
      throw new KitError('USAGE', `--unset ${option}: type ${type} has no such option`)
  const stored = without(kept(services.home, name, anew), unset)
  const secrets = await givenSecrets(table, config.options, request.secrets ?? {}, { stored, anew })
  await checkOptions(name, type, config.options, new Secrets(secrets), key.recipient !== undefined)
  key.save()
  saveSecrets(services.home, name, secrets)
  saveConfigured(services.home, name, config)
  await services.backendsChanged()
  return { name, ...config }
}

const without = <T>(options: Readonly<Record<string, T>>, names: readonly string[]) =>
  Object.fromEntries(Object.entries(options).filter(([name]) => !names.includes(name)))

/** A damaged file is no reason not to give the secrets anew. */
function kept(home: string, name: string, anew: boolean): StoredSecrets {
  try {
    return storedSecrets(home, name)
  } catch (error) {
    if (anew && isKitError(error)) return {}
    throw error
  }
}
