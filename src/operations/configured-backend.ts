/** Looks up a backend by its name. */
import { readConfigured, type ConfiguredBackend } from '../../backends/configured.js'
import { KitError } from '../core/errors.js'

export interface BackendNamed {
  readonly name: string
}

/** Returns a backend's configuration. @throws PATH_NOT_FOUND. */
export function configured(home: string, name: string): ConfiguredBackend {
  const found = readConfigured(home, name)
  if (found === undefined) throw noSuchBackend(name)
  return found
}

export const noSuchBackend = (name: string): KitError =>
  new KitError('PATH_NOT_FOUND', `there is no backend ${name}; see \`ipfs-kit backend ls\``)
