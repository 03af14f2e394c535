/** How a backend keeps pins: as archives among named files, or as pins of its own. */
import type { Backend } from '../../backends/backend.js'
import type { FileReader } from '../../backends/facets/named-files.js'
import { systemClock } from '../core/clock.js'
import { KitError } from '../core/errors.js'
import { ArchiveFinder, ArchiveTarget } from './archive-target.js'
import type { OwnNodes } from './own-nodes.js'
import type { PinFinder, PinTarget } from './pin-target.js'
import { PlaceMark, type KnownPlace } from './place-mark.js'
import { RemotePinTarget } from './remote-pin-target.js'

/** Whether a backend can keep pins. One that is read only, or gives blocks alone, cannot. */
export const keepsPins = ({ facets }: Pick<Backend, 'facets'>): boolean =>
  (facets.fileReader !== undefined && facets.fileWriter !== undefined) ||
  facets.remotePins !== undefined ||
  facets.carUploads !== undefined

export const placeMarkOf = (reader: FileReader, known: KnownPlace): PlaceMark =>
  new PlaceMark(reader, known, systemClock)

/** @throws UNSUPPORTED for a backend that keeps no pins. */
export function pinTargetOf(backend: Backend, known: KnownPlace, nodes: OwnNodes): PinTarget {
  const { fileReader, fileWriter } = backend.facets
  if (fileReader !== undefined && fileWriter !== undefined)
    return new ArchiveTarget(fileReader, fileWriter, placeMarkOf(fileReader, known))
  if (keepsPins(backend)) return new RemotePinTarget(backend, nodes)
  throw new KitError(
    'UNSUPPORTED',
    `backend ${backend.name} of type ${backend.type} keeps no pins${backend.facets.fileReader === undefined ? '' : ': it is read only'}; choose another one`
  )
}

/** Returns what looks at the pins of a backend, which may be read only. @throws UNSUPPORTED. */
export function pinFinderOf(backend: Backend, known: KnownPlace, nodes: OwnNodes): PinFinder {
  const { fileReader, pinStates } = backend.facets
  if (fileReader !== undefined) return new ArchiveFinder(fileReader, placeMarkOf(fileReader, known))
  return pinStates === undefined ? pinTargetOf(backend, known, nodes) : new RemotePinTarget(backend, nodes) // prettier-ignore
}
