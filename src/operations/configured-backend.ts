/** Looks up a backend by its name. */
import { readConfigured, type ConfiguredBackend } from '../../backends/configured.js'
import { KitError } from '../core/errors.js'
import type { Services } from './services.js'

export interface BackendNamed {
  readonly name: string
}

/** Returns a backend's configuration. @throws PATH_NOT_FOUND. */
export function configured(home: string, name: string): ConfiguredBackend {
  const found = readConfigured(home, name)
  if (found === undefined) throw noSuchBackend(name)
  return found
}

/** Looks that all of some names are of backends, before anything is done. @throws PATH_NOT_FOUND. */
export function checkBackends({ home }: Services, names: readonly string[]): void {
  for (const name of names) configured(home, name)
}

export const noSuchBackend = (name: string): KitError =>
  new KitError('PATH_NOT_FOUND', `there is no backend ${name}; see \`ipfs-kit backend ls\``)
