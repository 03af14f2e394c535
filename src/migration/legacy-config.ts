/** Backends that an older installation configured in YAML. */
import type { BackendConfig } from '../../backends/configured.js'
import { DEFAULT_PRIORITY, DEFAULT_TIMEOUT_MS, type OptionTexts } from '../../backends/options.js'
import { BACKEND_TYPES, optionsOf } from '../../backends/registry.js'
import type { StoredSecrets } from '../../backends/secrets.js'
import { KitError } from '../core/errors.js'

/** Types under the names that they had. */
const TYPES: Readonly<Record<string, string>> = {
  ipfs: 'kubo',
  kubo: 'kubo',
  local: 'filesystem',
  local_fs: 'filesystem',
  local_storage: 'filesystem',
  hf: 'huggingface',
  'ipfs-cluster': 'ipfs_cluster',
  cluster: 'ipfs_cluster',
  lotus: 'filecoin',
  web3storage: 'storacha'
}

/** Options under the names that they had. */
const OPTIONS: Readonly<Record<string, string>> = {
  bucket_name: 'bucket',
  region_name: 'region',
  aws_region: 'region',
  endpoint_url: 'endpoint',
  access_key: 'access-key-id',
  aws_access_key_id: 'access-key-id',
  secret_key: 'secret',
  secret_access_key: 'secret',
  aws_secret_access_key: 'secret',
  hostname: 'host',
  server: 'host',
  username: 'user',
  password: 'secret',
  passphrase: 'secret',
  remote_path: 'path',
  base_path: 'path',
  root: 'path',
  directory: 'path',
  mount_point: 'path',
  mount_path: 'path',
  key_file: 'identity-file',
  private_key_path: 'identity-file',
  ssh_key_path: 'identity-file',
  api_url: 'api',
  api_endpoint: 'api',
  repository: 'repo',
  repo_id: 'repo',
  dataset: 'repo',
  api_token: 'token',
  api_key: 'token',
  access_token: 'token',
  gateway_url: 'url'
}

const LOOKS_SECRET = /secret|token|password|passphrase|api_?key|access_key$|private_key$/i

export interface LegacyBackend {
  readonly name: string
  /** The type as it was named. */
  readonly oldType: string
  /** Undefined for a type that there is none of any more. */
  readonly config: BackendConfig | undefined
  readonly secrets: StoredSecrets
  /** What could not be taken over, in words; never a secret. */
  readonly warnings: readonly string[]
}

type Fields = Readonly<Record<string, unknown>>

/**
 * Reads the configuration of a backend.
 * @param where the file, for messages.
 * @param name the name of the file, for one that does not say its own.
 * @throws CORRUPT_FORMAT for what is no YAML of such a form.
 */
export async function readLegacyConfig(
  text: string,
  where: string,
  name: string
): Promise<LegacyBackend> {
  const { parse } = await import('yaml')
  const document = parsedYaml(() => parse(text, { maxAliasCount: 0 }) as unknown, where)
  const { config, metadata: _, created_at: __, updated_at: ___, ...flat } = document
  const oldType = textOf(flat['type']) ?? ''
  const fields = isFields(config) ? config : flat
  const type = TYPES[oldType] ?? oldType
  const ownName = textOf(flat['name']) ?? name
  if (!Object.hasOwn(BACKEND_TYPES, type)) {
    const warnings = [`${where}: there is no type "${oldType}" any more; the backend is left out`]
    return { name: ownName, oldType, config: undefined, secrets: {}, warnings }
  }
  const warnings: string[] = []
  if (flat['enabled'] === false) warnings.push(`${where}: it was switched off, and is added as one that is read only`) // prettier-ignore
  const { options, secrets } = optionsFrom(fields, type, where, warnings)
  return {
    name: ownName,
    oldType,
    config: {
      type,
      options,
      priority: DEFAULT_PRIORITY,
      timeout_ms: DEFAULT_TIMEOUT_MS,
      read_only: flat['enabled'] === false
    },
    secrets,
    warnings
  }
}

function parsedYaml(parse: () => unknown, where: string): Fields {
  try {
    const value = parse()
    if (isFields(value)) return value
  } catch (cause) {
    throw new KitError('CORRUPT_FORMAT', `${where} is no YAML: ${(cause as Error).message.split('\n')[0]}`) // prettier-ignore
  }
  throw new KitError('CORRUPT_FORMAT', `${where} is no configuration of a backend`)
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Returns the text of a value; undefined for one that has parts. */
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined

const NOT_OPTIONS = new Set(['name', 'type', 'enabled', 'description', 'version'])

function optionsFrom(
  fields: Fields,
  type: string,
  where: string,
  warnings: string[]
): { readonly options: OptionTexts; readonly secrets: StoredSecrets } {
  const table = optionsOf(type)
  const options: Record<string, readonly string[]> = {}
  const secrets: Record<string, { value: string; from: string }> = {}
  for (const [key, value] of Object.entries(fields)) {
    if (NOT_OPTIONS.has(key) || value === null || value === '') continue
    const option = optionNamed(key, Object.keys(table))
    const row = option === undefined ? undefined : table[option]
    const isSecret = row?.secret !== undefined || (row === undefined && LOOKS_SECRET.test(key))
    const text = textOf(value)
    if (text === undefined || row === undefined || option === undefined)
      warnings.push(`${where}: "${key}" is not taken over; ${type} has no such option${isSecret ? ', and what it holds lies in the backup, which is yours alone' : ''}`) // prettier-ignore
    else if (isSecret) secrets[option] = { value: text, from: where }
    else if (row.value !== undefined) options[option] = [text]
    else if (value === true) options[option] = ['']
  }
  return { options, secrets }
}

/** Returns the option that a key means: under its own name, or under an older one. */
function optionNamed(key: string, options: readonly string[]): string | undefined {
  const own = key.toLowerCase().replaceAll('_', '-')
  if (options.includes(own)) return own
  const renamed = OPTIONS[key.toLowerCase()]
  if (renamed !== undefined && options.includes(renamed)) return renamed
  // What one type calls a token, another calls its secret.
  if (renamed === 'token' || renamed === 'secret' || own === 'token' || own === 'secret')
    return ['secret', 'token'].find((name) => options.includes(name))
  return undefined
}
