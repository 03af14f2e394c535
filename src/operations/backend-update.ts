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
import { beginPlace } from './new-place.js'
import type { Operation } from './operation.js'

export interface BackendUpdateRequest extends BackendChange {
  readonly name: string
  /** Options to forget; their defaults hold again. */
  readonly unset?: readonly string[]
  /** Takes secrets anew from the environment, or by asking, though some are kept. */
  readonly newSecrets?: boolean
  /** Takes what is there now for its place, and marks it anew where this home knows its mark. */
  readonly newPlace?: boolean
}

/**
 * Changes options of a backend; those not named stay.
 * @throws PATH_NOT_FOUND, USAGE, CREDENTIALS, BUSY; what the backend throws for a new place: all else
 * is changed then.
 */
export const backendUpdate: Operation<BackendUpdateRequest, ConfiguredBackend> = async (
  services,
  request,
  run
) => {
  const { home } = services
  const before = configured(home, request.name)
  const { name, type } = before
  const unset = request.unset ?? []
  const anew = request.newSecrets === true
  const key = await chosenKey({ home, name, recipient: before.recipient, isNew: false }, request)
  const table = optionsOf(type)
  for (const option of unset)
    if (!Object.hasOwn(table, option))
      throw new KitError('USAGE', `--unset ${option}: type ${type} has no such option`)
  const stored = without(kept(home, name, anew), unset)
  const { options } = changed(plain(before), request)
  const secrets = await givenSecrets(table, options, request.secrets ?? {}, { stored, anew })
  const config = await lastChange(home, before, request, async (next) => {
    const recipient = key.recipient === before.recipient ? next.recipient : key.recipient
    await checkOptions(name, type, next.options, new Secrets(secrets), recipient !== undefined)
    return { ...next, recipient }
  })
  key.save()
  saveSecrets(home, name, newest(secrets, stored, without(kept(home, name, anew), unset)))
  saveConfigured(home, name, config)
  if (request.newPlace === true) await beginPlace(home, name, run)
  await services.backendsChanged()
  return configured(home, name)
}

const without = <T>(options: Readonly<Record<string, T>>, names: readonly string[]) =>
  Object.fromEntries(Object.entries(options).filter(([name]) => !names.includes(name)))

/** Returns what is kept of a backend: its name is that of its folder. */
function plain(backend: ConfiguredBackend): BackendConfig {
  const { name: _, ...config } = backend
  return config
}

/** Changes what the request names. */
function changed(before: BackendConfig, request: BackendUpdateRequest): BackendConfig {
  return {
    ...before,
    options: { ...without(before.options, request.unset ?? []), ...request.options },
    priority: request.priority ?? before.priority,
    timeout_ms: request.timeoutMs ?? before.timeout_ms,
    read_only: request.readOnly ?? before.read_only,
    ...keptOf(request, before)
  }
}

/**
 * Changes a backend as it is when it is saved: a person was asked meanwhile perhaps, and another
 * changed it, or a pin has marked its place.
 */
async function lastChange(
  home: string,
  before: ConfiguredBackend,
  request: BackendUpdateRequest,
  complete: (next: BackendConfig) => Promise<BackendConfig>
): Promise<BackendConfig> {
  for (let now = before; ;) {
    const config = await complete(changed(plain(now), request))
    const later = configured(home, before.name)
    if (JSON.stringify(later) === JSON.stringify(now)) return config
    if (later.id !== before.id)
      throw new KitError('BUSY', `backend ${before.name} was replaced meanwhile; try again`)
    now = later
  }
}

/** Returns secrets, of which those that were kept are as they are kept now. */
const newest = (secrets: StoredSecrets, stored: StoredSecrets, now: StoredSecrets): StoredSecrets =>
  Object.fromEntries(
    Object.entries(secrets).map(([option, secret]) => [option, secret === stored[option] ? (now[option] ?? secret) : secret]) // prettier-ignore
  )

/** A damaged file is no reason not to give the secrets anew. */
function kept(home: string, name: string, anew: boolean): StoredSecrets {
  try {
    return storedSecrets(home, name)
  } catch (error) {
    if (anew && isKitError(error)) return {}
    throw error
  }
}
