/**
 * The values of the configuration and where each comes from. A later layer overrides an earlier one:
 * the default, the file, the environment, a flag.
 */
import { statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isKitError, KitError, toKitError } from '../core/errors.js'
import { ifPresent } from '../core/fs-durable.js'
import { readFileIfAny } from '../core/read-file.js'
import { didYouMean } from '../core/suggest.js'

export type Origin = 'default' | 'file' | 'environment' | 'flag'

/** One value, as its source says it. */
export interface Setting<K extends string> {
  readonly key: K
  readonly value: unknown
  readonly origin: Origin
  /** The file, variable or flag, for messages. */
  readonly source: string
}

export interface Sources<K extends string> {
  /** A file named on the command line, which must exist. */
  readonly file?: string | undefined
  readonly env?: NodeJS.ProcessEnv
  readonly flags?: Readonly<Partial<Record<K, string>>>
}

/** The keys, with their defaults as the file would say them. */
type Standards<K extends string> = Readonly<Record<K, { readonly standard: Standard }>>
type Standard = string | number | boolean

/** Returns the configuration file of a home, which need not exist. */
export const configFileOf = (home: string, named: string | undefined): string =>
  named ?? join(home, 'mount.config.json')

/** Returns the variable that overrides a key: `cache.size` is IPFS_KIT_CACHE_SIZE. */
export const variableOf = (key: string): string =>
  `IPFS_KIT_${key.replaceAll('.', '_').toUpperCase()}`

/**
 * Returns the values of the file by dotted key; none where there is no file.
 * @throws CONFIG_INVALID where it cannot be read, or was named and is not there.
 */
export function fileValues(home: string, named: string | undefined): Map<string, unknown> {
  const path = configFileOf(home, named)
  const content = contentOf(path)
  if (content === undefined && named !== undefined)
    throw new KitError('CONFIG_INVALID', `there is no configuration file ${path}`)
  return content === undefined ? new Map() : flatten(parseFile(path, content))
}

/** Returns the text of a file; undefined where there is none. @throws CONFIG_INVALID. */
function contentOf(path: string): string | undefined {
  try {
    // A home that is a file has no configuration.
    if (ifPresent(() => statSync(dirname(path)))?.isDirectory() === false) return undefined
    return readFileIfAny(path, 'try again', 'CONFIG_INVALID')?.toString('utf8')
  } catch (cause) {
    if (isKitError(cause, 'CONFIG_INVALID')) throw cause
    const message = `the configuration cannot be read: ${toKitError(cause).message}`
    throw new KitError('CONFIG_INVALID', message, { cause })
  }
}

/** Returns the value of each key with its origin. @param inFile the values of the file. */
export function layered<K extends string>(
  home: string,
  keys: Standards<K>,
  inFile: ReadonlyMap<string, unknown>,
  { file, env = process.env, flags }: Sources<K>
): Setting<K>[] {
  return (Object.keys(keys) as K[]).map((key) => {
    const { standard } = keys[key]
    const flag = flags?.[key]
    const source = `--${key.replace('.', '-')}`
    if (flag !== undefined) return { key, value: fromText(standard, flag), origin: 'flag', source }
    const variable = variableOf(key)
    const text = env[variable]
    // An empty variable counts as unset, as in `IPFS_KIT_CACHE_SIZE= ipfs-kit …`.
    if (text !== undefined && text !== '')
      return { key, value: fromText(standard, text), origin: 'environment', source: variable }
    return inFile.has(key)
      ? { key, value: inFile.get(key), origin: 'file', source: configFileOf(home, file) }
      : { key, value: standard, origin: 'default', source: 'the defaults' }
  })
}

/** What to do where no key is near to a word. */
export const SEE_KEYS = '; `ipfs-kit config show` lists the known ones'

/** Returns the problem of each key of the file that does not exist. */
export const unknownKeys = (
  path: string,
  inFile: ReadonlyMap<string, unknown>,
  keys: object
): string[] =>
  [...inFile.keys()]
    .filter((name) => !Object.hasOwn(keys, name))
    .map(
      (name) =>
        `${path}: unknown key "${name}"${didYouMean(name, Object.keys(keys)) || SEE_KEYS}; correct it, or remove it`
    )

/** Returns a text as a value of the type that the key has in the file. */
export function fromText(standard: Standard, text: string): unknown {
  if (typeof standard === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  if (typeof standard === 'number' && /^\d+$/.test(text)) return Number(text)
  return text
}

/** Flattens nested objects to dotted keys, without `$schema`, which is for editors. */
export function flatten(parsed: unknown): Map<string, unknown> {
  const values = new Map<string, unknown>()
  const visit = (value: unknown, prefix: string): void => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      values.set(prefix, value)
    else
      for (const [key, inner] of Object.entries(value))
        if (prefix !== '' || key !== '$schema')
          visit(inner, prefix === '' ? key : `${prefix}.${key}`)
  }
  visit(parsed, '')
  return values
}

/** Parses the text of a configuration file. @throws CONFIG_INVALID. */
export function parseFile(path: string, content: string): unknown {
  try {
    return JSON.parse(content) as unknown
  } catch (error) {
    throw new KitError(
      'CONFIG_INVALID',
      `${path} is not JSON: ${(error as Error).message}; correct it, or remove it`,
      {
        cause: error
      }
    )
  }
}
