/** Finds what is wrong with the values of a configuration: each by itself, then all together. */
import { KEYS, readKey, type Config, type KeyName } from '../config/config.js'
import { configFileOf, layered, unknownKeys } from '../config/layers.js'
import { portsOf } from '../config/listen.js'
import { isKitError } from '../core/errors.js'
import type { ConfigRequest } from './config-show.js'
import { policyFaults } from './policy-faults.js'

/** @param inFile the values of the file. @returns sentences; none for a valid configuration. */
export function configFaults(
  { home, sources }: ConfigRequest,
  inFile: ReadonlyMap<string, unknown>
): string[] {
  const faults = unknownKeys(configFileOf(home, sources.file), inFile, KEYS)
  const values: Partial<Record<KeyName, unknown>> = {}
  for (const { source, key, value } of layered(home, KEYS, inFile, sources))
    faults.push(...faultOf(() => (values[key] = readKey(source, key, value))))
  // Whether values fit each other can be told once each of them is valid.
  if (faults.length === 0)
    faults.push(
      ...faultOf(() => portsOf(values as Config)),
      ...policyFaults(home, values as Config)
    )
  return faults
}

function faultOf(check: () => unknown): string[] {
  try {
    check()
    return []
  } catch (error) {
    return [configMessage(error)]
  }
}

/** @throws any error that does not tell of the configuration. */
export function configMessage(error: unknown): string {
  if (isKitError(error, 'CONFIG_INVALID')) return error.message
  throw error
}
