/** Lists pins by their mappings on backends, page by page, in the order of their CIDs. */
import { nameOf, tagsOf, type Mapping, type MappingStatus } from '../pins/mapping.js'
import { noSuchBackend } from './configured-backend.js'
import { warnUnmigrated, withMappings } from './mappings-view.js'
import type { Operation } from './operation.js'
import { verifiedAt } from './verified-at.js'

export interface PinMappingsListRequest {
  /** CIDs of roots; all where none is given. */
  readonly cids?: readonly string[] | undefined
  /** All where none is given. */
  readonly backends?: readonly string[] | undefined
  readonly status?: MappingStatus | undefined
  /** A name in which `*` stands for any characters, and `?` for one. */
  readonly name?: string | undefined
  readonly tag?: string | undefined
  /** The CID behind which the page begins. */
  readonly after?: string | undefined
  /** Most mappings to list. */
  readonly limit?: number | undefined
}

export interface ListedMapping {
  readonly cid: string
  readonly name: string
  readonly tags: readonly string[]
  readonly backend: string
  readonly status: MappingStatus
  /** Bytes on the backend; null where that is not known. */
  readonly size: number | null
  /** ISO 8601. */
  readonly createdAt: string
  readonly carFilePath: string
  /** ISO 8601; null where it was never verified. */
  readonly verifiedAt: string | null
  readonly lastError: string | null
}

export interface PinMappingsListResult {
  readonly pins: readonly ListedMapping[]
  /** The CID to give as `after` for the next page; null for the last. */
  readonly next: string | null
}

/** @throws PATH_NOT_FOUND for a backend that is none. */
export const pinMappingsList: Operation<PinMappingsListRequest, PinMappingsListResult> = (
  services,
  request,
  run
) =>
  withMappings(services.home, async (mappings) => {
    warnUnmigrated(mappings, run)
    for (const name of request.backends ?? [])
      if (!mappings.names.includes(name)) throw noSuchBackend(name)
    const { limit = Number.POSITIVE_INFINITY, after = '' } = request
    const isWanted = filterOf(request)
    const pins: ListedMapping[] = []
    for (const copies of mappings.byCid(request.backends ?? mappings.names, after)) {
      run.signal.throwIfAborted()
      const wanted = copies.filter(isWanted)
      if (wanted.length === 0) continue
      // The copies of one pin stay on one page, so that a page can begin behind a CID.
      if (pins.length > 0 && pins.length + wanted.length > limit)
        return await Promise.resolve({ pins, next: pins.at(-1)!.cid })
      pins.push(...wanted.map(listed))
    }
    return { pins: pins.slice(0, limit), next: null }
  })

function filterOf({
  cids = [],
  status,
  name,
  tag
}: PinMappingsListRequest): (mapping: Mapping) => boolean {
  const pattern = name === undefined ? undefined : patternOf(name)
  const meant = new Set(cids)
  return (mapping) =>
    (meant.size === 0 || meant.has(mapping.cid)) &&
    (status === undefined || mapping.status === status) &&
    (pattern === undefined || pattern.test(nameOf(mapping))) &&
    (tag === undefined || tagsOf(mapping).includes(tag))
}

/** Returns what matches a name with wildcards. */
function patternOf(name: string): RegExp {
  const parts = [...name].map((character) =>
    character === '*'
      ? '.*'
      : character === '?'
        ? '.'
        : character.replace(/[\\^$.|+()[\]{}]/, '\\$&')
  )
  return new RegExp(`^${parts.join('').replace(/(\.\*)+/g, '.*')}$`, 'su')
}

const listed = (mapping: Mapping): ListedMapping => ({
  cid: mapping.cid,
  name: nameOf(mapping),
  tags: tagsOf(mapping),
  backend: mapping.backend,
  status: mapping.status,
  size: mapping.own.size ?? null,
  createdAt: mapping.createdAt,
  carFilePath: mapping.carPath,
  verifiedAt: verifiedAt(mapping),
  lastError: mapping.own.last_error ?? null
})
