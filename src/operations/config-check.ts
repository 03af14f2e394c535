/** Checks the configuration of a home, and finds all that is wrong with it. */
import { configFileOf, fileValues } from '../config/layers.js'
import { configFaults, configMessage } from './config-faults.js'
import type { ConfigRequest } from './config-show.js'

export interface ConfigCheckResult {
  readonly file: string
  /** What is wrong, in sentences; none for a valid configuration. */
  readonly problems: readonly string[]
}

export function configCheck(request: ConfigRequest): ConfigCheckResult {
  const { home, sources } = request
  const file = configFileOf(home, sources.file)
  let inFile: ReadonlyMap<string, unknown>
  try {
    inFile = fileValues(home, sources.file)
  } catch (error) {
    return { file, problems: [configMessage(error)] }
  }
  return { file, problems: configFaults(request, inFile) }
}
