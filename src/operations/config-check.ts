/** Checks the configuration of a home, and finds all that is wrong with it. */
import { KEYS, loadConfig, readKey } from '../config/config.js'
import { configFileOf, fileValues, layered, unknownKeys } from '../config/layers.js'
import { listenOf } from '../config/listen.js'
import { isKitError } from '../core/errors.js'
import type { ConfigRequest } from './config-show.js'

export interface ConfigCheckResult {
  readonly file: string
  /** What is wrong, in sentences; none for a valid configuration. */
  readonly problems: readonly string[]
}

export function configCheck({ home, sources }: ConfigRequest): ConfigCheckResult {
  const file = configFileOf(home, sources.file)
  let inFile: ReadonlyMap<string, unknown>
  try {
    inFile = fileValues(home, sources.file)
  } catch (error) {
    return { file, problems: [messageOf(error)] }
  }
  const problems = unknownKeys(file, inFile, KEYS)
  for (const { source, key, value } of layered(home, KEYS, inFile, sources))
    problems.push(...problemOf(() => readKey(source, key, value)))
  // Whether values fit each other can be told once each of them is valid.
  if (problems.length === 0) problems.push(...problemOf(() => listenOf(loadConfig(home, sources))))
  return { file, problems }
}

function problemOf(check: () => unknown): string[] {
  try {
    check()
    return []
  } catch (error) {
    return [messageOf(error)]
  }
}

/** @throws any error that does not tell of the configuration. */
function messageOf(error: unknown): string {
  if (isKitError(error, 'CONFIG_INVALID')) return error.message
  throw error
}
