/** What a home knows of the places of its backends. */
import { configuredBackends, readConfigured, saveConfigured } from '../../backends/configured.js'
import { KitError } from '../core/errors.js'
import type { KnownPlace } from '../pins/place-mark.js'

export function knownPlace(home: string, name: string): KnownPlace {
  return { name, id: readConfigured(home, name)?.place, remember: (id) => remember(home, name, id) }
}

/** @throws EXISTS where another backend has that place: what both hold is one copy. */
function remember(home: string, name: string, place: string): void {
  const others = configuredBackends(home).filter((one) => one.name !== name)
  const other = others.find((one) => one.place === place)
  if (other !== undefined)
    throw new KitError(
      'EXISTS',
      `backends ${name} and ${other.name} have the same place, where a copy of both would be one; store on one of them, and remove the other with \`ipfs-kit backend rm\``
    )
  const before = readConfigured(home, name)
  if (before === undefined || before.place === place) return
  const { name: _, ...config } = before
  saveConfigured(home, name, { ...config, place })
}
