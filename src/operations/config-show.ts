/** Shows the configuration of a home: each value, and where it comes from. */
import { existsSync } from 'node:fs'
import { KEYS, type KeyName } from '../config/config.js'
import { configFileOf, fileValues, layered, type Origin, type Sources } from '../config/layers.js'

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

/** It needs no valid values, since it is how they are found. @throws CONFIG_INVALID for no JSON. */
export function configShow({ home, sources }: ConfigRequest): ConfigShowResult {
  const file = configFileOf(home, sources.file)
  const inFile = fileValues(home, sources.file)
  const settings = layered(home, KEYS, inFile, sources).map(({ key, ...setting }) => {
    const { standard, meaning } = KEYS[key]
    return { key, ...setting, default: standard, meaning }
  })
  return { file, fileExists: existsSync(file), settings }
}
