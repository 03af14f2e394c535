/** What a home knows of the places of its backends. */
import { configuredBackends, readConfigured, saveConfigured } from '../../backends/configured.js'
import { isKitError, KitError } from '../core/errors.js'
import { archiveName, type Mapping } from '../pins/mapping.js'
import { UNMARKED, type KnownPlace } from '../pins/place-mark.js'
import { withMappings } from './mappings-view.js'
import type { Run } from './run.js'

/** Archives that are looked for at most: others may have removed some. */
const MAX_COPIES = 32

export const knownPlace = (
  home: string,
  name: string,
  { warn }: Pick<Run, 'warn'>
): KnownPlace => ({
  name,
  id: readConfigured(home, name)?.place,
  copies: () => withMappings(home, (mappings) => storedNames(mappings.backend(name)?.all() ?? [])),
  isTaken: (id) => configuredBackends(home).some(({ place }) => place === id),
  remember: (id) => remember(home, name, id),
  warn
})

function storedNames(mappings: Iterable<Mapping>): string[] {
  const names: string[] = []
  for (const mapping of mappings) {
    if (mapping.status === 'stored') names.push(...nameOf(mapping))
    if (names.length === MAX_COPIES) break
  }
  return names
}

/** A mapping without a usable path says nothing of a place. */
function nameOf(mapping: Mapping): string[] {
  try {
    return [archiveName(mapping)]
  } catch (error) {
    if (isKitError(error, 'CORRUPT_FORMAT')) return []
    throw error
  }
}

/** @throws EXISTS where another backend has that place: what both hold is one copy. */
function remember(home: string, name: string, place: string): void {
  const others = configuredBackends(home).filter((one) => one.name !== name)
  const other = others.find((one) => one.place === place)
  if (other !== undefined && place !== UNMARKED)
    throw new KitError(
      'EXISTS',
      `backends ${name} and ${other.name} have the same place, where a copy of both would be one; store on one of them, and remove the other with \`ipfs-kit backend rm\`. If one is a copy of the other, such as a cloned disk, run \`ipfs-kit backend update ${name} --new-place\`, which marks it anew`
    )
  const before = readConfigured(home, name)
  if (before === undefined || before.place === place) return
  const { name: _, ...config } = before
  saveConfigured(home, name, { ...config, place })
}
