/** Tells where a pin is kept. */
import { Cid } from '../core/cid.js'
import { nameOf, tagsOf, type Mapping } from '../pins/mapping.js'
import { readPins } from '../store/pins.js'
import type { Trust } from '../../backends/options.js'
import { trustOf } from './counting-copies.js'
import { withMappings } from './mappings-view.js'
import type { Operation } from './operation.js'
import { parseCid } from './target.js'
import { verifiedAt } from './verified-at.js'
import { withContent } from './with-content.js'

export interface PinWhereisRequest {
  /** A CIDPATH. */
  readonly cid: string
}

export interface PinPlace {
  readonly backend: string
  readonly status: Mapping['status']
  /** How far copies there are believed in. */
  readonly trust: Trust
  readonly path: string
  /** Bytes on the backend; null where that is not known. */
  readonly size: number | null
  /** ISO 8601; null for a copy that was never verified since it was stored. */
  readonly verifiedAt: string | null
  /** What failed last; null for nothing. */
  readonly lastError: string | null
}

export interface PinWhereisResult {
  readonly cid: string
  readonly name: string
  readonly tags: readonly string[]
  /** Whether it is pinned in the store of this home, and whether its root is here. */
  readonly local: { readonly pinned: boolean; readonly here: boolean }
  readonly copies: readonly PinPlace[]
  /** Backends whose loss it would not survive: those with the only copy that counts, if there is none here. */
  readonly wouldBeLostWith: readonly string[]
}

/** Tells where a pin is kept, without asking any backend. */
export const pinWhereis: Operation<PinWhereisRequest, PinWhereisResult> = async (
  services,
  request,
  run
) => {
  const cid = String(parseCid(request.cid, services.mounts))
  const known = await withMappings(services.home, (mappings) => mappings.of(cid))
  const local = await withContent(services, run, false, async (view) => ({
    pinned: readPins(view.reader.layout.pins).has(cid),
    here: view.reader.has(Cid.parse(cid).key)
  }))
  const trust = trustOf(services.home)
  const stored = known.filter(
    ({ status, backend }) => status === 'stored' && trust(backend) !== 'untrusted'
  )
  return {
    cid,
    name: known.map((mapping) => nameOf(mapping)).find((name) => name !== '') ?? '',
    tags: [...new Set(known.flatMap((mapping) => tagsOf(mapping)))],
    local,
    copies: known.map((mapping) => ({ ...placeOf(mapping), trust: trust(mapping.backend) })),
    wouldBeLostWith: local.pinned || stored.length !== 1 ? [] : [stored[0]!.backend]
  }
}

const placeOf = (mapping: Mapping): Omit<PinPlace, 'trust'> => ({
  backend: mapping.backend,
  status: mapping.status,
  path: mapping.carPath,
  size: mapping.own.size ?? null,
  verifiedAt: verifiedAt(mapping),
  lastError: mapping.own.last_error ?? null
})
