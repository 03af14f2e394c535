/** Changes one value in the configuration file of a home, or takes it out. */
import { readFileSync } from 'node:fs'
import { dirname, resolve, sep } from 'node:path'
import { KEYS, keyNamed, readKey, type KeyName } from '../config/config.js'
import { configFileOf, flatten, fromText, parseFile, variableOf } from '../config/layers.js'
import { KitError } from '../core/errors.js'
import { ifPresent, makeDir, replaceContent } from '../core/fs-durable.js'
import { utf8 } from '../core/bytes.js'
import { checkHome } from '../core/trusted-home.js'
import { configFaults } from './config-faults.js'
import { knownKey, type ConfigRequest } from './config-show.js'

export interface ConfigSetRequest extends ConfigRequest {
  readonly key: string
  /** The new value as text; undefined takes the key out, so that the default holds again. */
  readonly value: string | undefined
}

export interface ConfigSetResult {
  readonly file: string
  readonly key: string
  /** What the file says now; null where it says nothing of the key. */
  readonly value: unknown
  /** The variable that overrides the file; null for none. */
  readonly overriddenBy: string | null
}

/**
 * Replaces the file durably; its mode and owner stay. A path is kept as an absolute one.
 * @throws USAGE for an unknown key, a wrong value, and one that does not fit the others; CONFIG_INVALID; ACCESS_DENIED for a home that
 * somebody else can change, and for another user's file.
 */
export function configSet(request: ConfigSetRequest): ConfigSetResult {
  const { home, sources, key, value } = request
  const name = knownKey(key)
  const file = configFileOf(home, sources.file)
  if (resolve(file).startsWith(resolve(home) + sep)) checkHome(home)
  const raw = value === undefined ? undefined : checkedValue(name, value)
  const text = ifPresent(() => readFileSync(file, 'utf8'))
  const document = text === undefined ? {} : objectOf(file, parseFile(file, text))
  const before = configFaults(request, flatten(document))
  put(document, name, raw)
  const [fault] = configFaults(request, flatten(document)).filter((one) => !before.includes(one))
  if (fault !== undefined) throw new KitError('USAGE', `${file} is left as it was: ${fault}`)
  makeDir(dirname(file))
  replaceContent(file, utf8(`${JSON.stringify(document, null, 2)}\n`))
  const variable = variableOf(name)
  const isOverridden = (process.env[variable] ?? '') !== ''
  return { file, key, value: raw ?? null, overriddenBy: isOverridden ? variable : null }
}

/** Returns a value as the file says it. @throws USAGE. */
function checkedValue(key: KeyName, text: string): unknown {
  const value = fromText(KEYS[key].standard, text)
  try {
    readKey('value', key, value)
  } catch (error) {
    throw new KitError('USAGE', `${(error as Error).message}, not "${text}"`, { cause: error })
  }
  // A path is meant from the folder of whoever types it, and used from any other.
  const { isPath = false } = keyNamed(key)
  return isPath && text !== 'off' && !isHomePath(text) ? resolve(text) : value
}

const isHomePath = (text: string): boolean => text === '~' || text.startsWith('~/')

type JsonObject = Record<string, unknown>

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function objectOf(file: string, value: unknown): JsonObject {
  if (isObject(value)) return value
  throw new KitError('CONFIG_INVALID', `${file} holds no object; correct it, or remove it`)
}

/** Puts a value at a dotted key, or removes it where it is undefined. */
function put(document: JsonObject, key: KeyName, value: unknown): void {
  // A file may also spell a key with its dot.
  delete document[key]
  const [group = '', name = ''] = key.split('.')
  const inner = isObject(document[group]) ? { ...document[group] } : {}
  if (value === undefined) delete inner[name]
  else inner[name] = value
  if (Object.keys(inner).length > 0) document[group] = inner
  else delete document[group]
}
