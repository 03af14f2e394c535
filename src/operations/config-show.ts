/** Shows the configuration of a home: each value, and where it comes from. */
import { existsSync } from 'node:fs'
import { KEYS, type KeyName } from '../config/config.js'
import {
  configFileOf,
  fileValues,
  layered,
  SEE_KEYS,
  type Origin,
  type Sources
} from '../config/layers.js'
import { KitError } from '../core/errors.js'
import { didYouMean } from '../core/suggest.js'

export interface ConfigRequest {
  readonly home: string
  readonly sources: Sources<KeyName>
}

export interface ShownSetting {
  readonly key: string
  /** As the file says it. */
  readonly value: unknown
  readonly origin: Origin
  /** The file, variable or flag. */
  readonly source: string
  readonly default: unknown
  readonly meaning: string
}

export interface ConfigShowResult {
  readonly file: string
  readonly fileExists: boolean
  readonly settings: readonly ShownSetting[]
}

export interface ConfigShowRequest extends ConfigRequest {
  /** The only key to show; undefined for all. */
  readonly key: string | undefined
}

/**
 * It needs no valid values, since it is how they are found.
 * @throws CONFIG_INVALID for no JSON; USAGE for an unknown key.
 */
export function configShow({ home, sources, key: only }: ConfigShowRequest): ConfigShowResult {
  if (only !== undefined) knownKey(only)
  const file = configFileOf(home, sources.file)
  const inFile = fileValues(home, sources.file)
  const all = layered(home, KEYS, inFile, sources)
  const asked = only === undefined ? all : all.filter(({ key }) => key === only)
  const settings = asked.map(({ key, ...setting }) => {
    const { standard, meaning } = KEYS[key]
    return { key, ...setting, default: standard, meaning }
  })
  return { file, fileExists: existsSync(file), settings }
}

/** @throws USAGE naming the key that was probably meant. */
export function knownKey(key: string): KeyName {
  const names = Object.keys(KEYS)
  if (names.includes(key)) return key as KeyName
  throw new KitError('USAGE', `there is no key "${key}"${didYouMean(key, names) || SEE_KEYS}`)
}
