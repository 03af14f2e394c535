/** The backends of a home: each has a folder below `backends/` with its options in backend.json. */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isKitError, KitError } from '../src/core/errors.js'
import { readFileIfAny } from '../src/core/read-file.js'
import { fsyncDir, ifPresent, makeDir, replaceFile } from '../src/core/fs-durable.js'
import type { Backend } from './backend.js'
import { TRUSTS, type OptionTexts, type Trust } from './options.js'
import { identityFile, storedIdentity } from './encryption/identity-file.js'
import { makeBackend } from './registry.js'
import { Secrets, storedSecrets } from './secrets.js'
import type { Warn } from './skipped.js'
import { Unopened } from './unopened.js'
import { wrap } from './wrap/index.js'
import { ReadOnly } from './wrap/read-only.js'
import { Redacted, redactedError } from './wrap/redacted.js'
import type { Metered } from './wrap/metered.js'

/** The content of backend.json, which holds no secret. */
export interface BackendConfig {
  /** Random, made when the backend is added: another one of the same name has another. */
  readonly id?: string | undefined
  readonly type: string
  readonly options: OptionTexts
  /** The least is asked first. */
  readonly priority: number
  /** How long one call may take. */
  readonly timeout_ms: number
  readonly read_only: boolean
  /** What keeping content there costs, compared with the others; its priority where it is not given. */
  readonly cost?: number | undefined
  /** How far copies there are believed in; `semitrusted` where it is not given. */
  readonly trust?: Trust | undefined
  /** The public half of the key with which its files are encrypted; the other half lies in `keys/` of the home. */
  readonly recipient?: string | undefined
  /** The id of the mark that was left in its place, by which that is known again; `unmarked` where none can be. */
  readonly place?: string | undefined
  /** Most bytes a second that are sent and received; without them, there is no limit. */
  readonly max_upload?: number | undefined
  readonly max_download?: number | undefined
}

/** A backend, told from others that had its name before it. */
export interface BackendId {
  readonly name: string
  /** Empty for one that has none, as those of earlier versions; null where its configuration cannot be read. */
  readonly id: string | null
  /** Set for a folder without a configuration, such as an older installation leaves. */
  readonly isBare?: true
}

export interface ConfiguredBackend extends BackendConfig {
  readonly name: string
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/i

const folderOf = (home: string): string => join(home, 'backends')
const fileOf = (home: string, name: string): string => join(folderOf(home), name, 'backend.json')

/** @throws USAGE: a name is the name of a folder. */
export function checkName(name: string): void {
  if (!NAME.test(name))
    throw new KitError(
      'USAGE',
      `"${name}" is no name for a backend; use letters, digits, dots, dashes, at most 63 of them`
    )
}

/** The names of all of them, in order; what is configured may be broken. */
export const backendNames = (home: string): string[] =>
  (ifPresent(() => readdirSync(folderOf(home), { withFileTypes: true })) ?? [])
    .filter((entry) => NAME.test(entry.name) && !entry.isFile())
    .map(({ name }) => name)
    .sort()

/** All of them, in the order of their names, with what tells them from earlier ones. */
export const backendIds = (home: string): BackendId[] =>
  backendNames(home).map((name) => ({ name, ...idOf(home, name) }))

function idOf(home: string, name: string): Omit<BackendId, 'name'> {
  try {
    const config = readConfigured(home, name)
    return config === undefined ? { id: '', isBare: true } : { id: config.id ?? '' }
  } catch (error) {
    if (isKitError(error)) return { id: null }
    throw error
  }
}

/** All of them, by name. @throws CONFIG_INVALID naming the file that cannot be read. */
export const configuredBackends = (home: string): ConfiguredBackend[] =>
  backendNames(home).flatMap((name) => readConfigured(home, name) ?? [])

export function readConfigured(home: string, name: string): ConfiguredBackend | undefined {
  const path = fileOf(home, name)
  const mend = `remove it with \`ipfs-kit backend rm ${name}\` and add it again`
  const text = readFileIfAny(path, mend, 'CONFIG_INVALID')?.toString('utf8')
  if (text === undefined) return undefined
  try {
    return { name, ...checked(JSON.parse(text)) }
  } catch (cause) {
    throw new KitError(
      'CONFIG_INVALID',
      `${path} is damaged (${(cause as Error).message}); ${mend}`,
      { cause }
    )
  }
}

function checked(value: unknown): BackendConfig {
  const config = value as Partial<BackendConfig> | null
  const sound =
    typeof config === 'object' &&
    config !== null &&
    typeof config.type === 'string' &&
    typeof config.options === 'object' &&
    Object.values(config.options ?? {}).every((texts) => Array.isArray(texts)) &&
    Number.isFinite(config.priority) &&
    Number.isFinite(config.timeout_ms) &&
    [config.max_upload, config.max_download].every((rate) => rate === undefined || rate > 0) &&
    (config.id === undefined || typeof config.id === 'string') &&
    (config.cost === undefined || config.cost >= 0) &&
    (config.trust === undefined || TRUSTS.includes(config.trust))
  if (!sound)
    throw new Error('it lacks type, options, priority or timeout_ms, or one of its values is wrong')
  return { ...(config as BackendConfig), read_only: config.read_only === true }
}

/** Keep a backend, durably. */
export function saveConfigured(home: string, name: string, config: BackendConfig): void {
  const folder = join(folderOf(home), name)
  makeDir(folder)
  replaceFile(fileOf(home, name), Buffer.from(`${JSON.stringify(config, null, 2)}\n`))
}

/**
 * Forget a backend and what we kept about it, damaged or not.
 * @returns whether there was such a one.
 */
export function removeConfigured(home: string, name: string): boolean {
  if (!NAME.test(name) || !existsSync(join(folderOf(home), name))) return false
  rmSync(join(folderOf(home), name), { recursive: true })
  fsyncDir(folderOf(home))
  return true
}

/**
 * Makes a configured backend, with its secrets and all its wrappers.
 * @throws USAGE for wrong options; CREDENTIALS where its secrets are open to others, or missing.
 */
export async function openConfigured(
  home: string,
  config: ConfiguredBackend,
  warn?: Warn
): Promise<Metered> {
  const { name, read_only: readOnly, timeout_ms: timeoutMs } = config
  const rates = { upload: config.max_upload, download: config.max_download }
  const secrets = new Secrets(storedSecrets(home, name))
  const plain = await make(config, secrets, warn)
  const made =
    config.recipient === undefined ? plain : await encryptedBackend(home, plain, config.recipient)
  made.keepIn?.(join(folderOf(home), name, 'archives'))
  const backend = secrets.isEmpty ? made : new Redacted(made, secrets)
  return wrap(readOnly ? new ReadOnly(backend) : backend, timeoutMs, rates)
}

/** @throws CREDENTIALS where the key is missing, USAGE where the type stores no named files. */
async function encryptedBackend(
  home: string,
  backend: Backend,
  recipient: string
): Promise<Backend> {
  const { encrypted } = await import('./encryption/encrypted.js')
  const identity = storedIdentity(home, backend.name)
  if (identity === undefined)
    throw new KitError('CREDENTIALS', `${identityFile(home, backend.name)}, the key of backend ${backend.name}, is missing; bring it back, or give it with \`ipfs-kit backend update ${backend.name} --age-identity FILE\``) // prettier-ignore
  return await encrypted(backend, identity, recipient)
}

async function make(
  { name, type, options }: ConfiguredBackend,
  secrets: Secrets,
  warn: Warn = () => undefined
): Promise<Backend> {
  try {
    return await makeBackend(name, type, options, (text) => warn(secrets.hidden(text)), secrets)
  } catch (error) {
    throw redactedError(error, secrets)
  }
}

/** Makes what stands for a configured backend that cannot be made, and says why whenever it is asked. */
export const unopened = ({ name, type, timeout_ms: timeoutMs }: ConfiguredBackend, reason: KitError): Metered => wrap(new Unopened(name, type, reason), timeoutMs) // prettier-ignore
