/** The mappings that a request means: of some CIDs, on some backends. */
import { KitError } from '../core/errors.js'
import type { Mapping } from '../pins/mapping.js'
import type { PinMappings } from '../pins/pin-mappings.js'
import { noSuchBackend } from './configured-backend.js'

export interface PinChoice {
  /** CIDs of roots; all where none is given. */
  readonly cids?: readonly string[] | undefined
  /** All where none is given. */
  readonly backends?: readonly string[] | undefined
}

/** @throws PATH_NOT_FOUND for a backend that is none, or a CID that is on none of them. */
export function* chosenMappings(
  mappings: PinMappings,
  { cids = [], backends = [] }: PinChoice
): Iterable<Mapping> {
  for (const name of backends) if (!mappings.names.includes(name)) throw noSuchBackend(name)
  const isMeant = ({ backend }: Mapping): boolean =>
    backends.length === 0 || backends.includes(backend)
  if (cids.length === 0) {
    for (const name of mappings.names)
      if (backends.length === 0 || backends.includes(name)) yield* mappings.backend(name)!.all()
    return
  }
  for (const cid of new Set(cids)) {
    const found = mappings.of(cid).filter(isMeant)
    if (found.length === 0)
      throw new KitError(
        'PATH_NOT_FOUND',
        `${cid} is pinned on ${backends.length === 0 ? 'no backend' : backends.join(', ')}; see \`ipfs-kit pin ls --backend all\``
      )
    yield* found
  }
}
