/** How a backend keeps pins: as archives among named files, or as pins of its own. */
import type { Backend } from '../../backends/backend.js'
import { KitError } from '../core/errors.js'
import { ArchiveFinder, ArchiveTarget } from './archive-target.js'
import type { PinFinder, PinTarget } from './pin-target.js'
import { RemotePinTarget } from './remote-pin-target.js'

/** Whether a backend can keep pins. One that is read only, or gives blocks alone, cannot. */
export const keepsPins = ({ facets }: Pick<Backend, 'facets'>): boolean =>
  (facets.fileReader !== undefined && facets.fileWriter !== undefined) ||
  facets.remotePins !== undefined ||
  facets.carUploads !== undefined

/** @throws UNSUPPORTED for a backend that keeps no pins. */
export function pinTargetOf(backend: Backend): PinTarget {
  const { fileReader, fileWriter } = backend.facets
  if (fileReader !== undefined && fileWriter !== undefined)
    return new ArchiveTarget(fileReader, fileWriter)
  if (keepsPins(backend)) return new RemotePinTarget(backend)
  throw new KitError(
    'UNSUPPORTED',
    `backend ${backend.name} of type ${backend.type} keeps no pins${backend.facets.fileReader === undefined ? '' : ': it is read only'}; choose another one`
  )
}

/** Returns what looks at the pins of a backend, which may be read only. @throws UNSUPPORTED. */
export function pinFinderOf(backend: Backend): PinFinder {
  const { fileReader, pinStates } = backend.facets
  if (fileReader !== undefined) return new ArchiveFinder(fileReader)
  return pinStates === undefined ? pinTargetOf(backend) : new RemotePinTarget(backend)
}
