/** Tells where content is, the quickest place first. */
import { configuredBackends } from '../../backends/configured.js'
import { KitError } from '../core/errors.js'
import { storageKind } from '../metadata/mapping-locations.js'
import { predicateOf } from '../metadata/predicate.js'
import { findRecords } from '../metadata/query.js'
import type { IndexRecord, StorageKind } from '../metadata/record.js'
import { indexedCid } from './indexed-cid.js'
import { withMappings } from './mappings-view.js'
import type { Operation } from './operation.js'
import type { Services } from './services.js'

export interface MetadataLocateRequest {
  /** One of them: a CIDPATH, the path or name that content was added by, or a MIME type. */
  readonly cid?: string | undefined
  readonly path?: string | undefined
  readonly mimeType?: string | undefined
  /** Most records whose places are told; by default 100. */
  readonly limit?: number | undefined
}

export interface Location {
  readonly cid: string
  /** The kind of storage; of a backend of another kind its type, such as `filesystem`. */
  readonly kind: string
  /** What the index knows of the place. */
  readonly details: Readonly<Record<string, unknown>>
  /** How long an answer takes, in ms. */
  readonly latencyMs: number
  /** Whether that was measured by the engine; otherwise it is an estimate. */
  readonly isMeasured: boolean
}

export interface MetadataLocateResult {
  /** The quickest first. */
  readonly locations: readonly Location[]
  readonly fastestRetrievalPath: Location | null
}

/** Estimates in ms, until something was measured. */
export const ESTIMATES: Readonly<Record<StorageKind, number>> = {
  ipfs: 10,
  ipfs_cluster: 50,
  libp2p: 100,
  s3: 200,
  huggingface_hub: 300,
  storacha: 500,
  filecoin: 10_000
}

const LIMIT = 100

/** @throws PATH_NOT_FOUND where nothing is known of such content; USAGE. */
export const metadataLocate: Operation<MetadataLocateRequest, MetadataLocateResult> = async (
  services,
  request,
  run
) => {
  const records = await recordsOf(services, request, run)
  if (records.length === 0)
    throw new KitError('PATH_NOT_FOUND', `the index knows no such content (${request.cid ?? request.path ?? request.mimeType}); \`ipfs-kit metadata query\` tells what it knows`) // prettier-ignore
  const measured = await measuredLatencies(services)
  const copies = await otherCopies(services, records)
  const locations = records
    .flatMap((record) => [...locationsOf(record, measured), ...(copies.get(record.cid) ?? [])])
    .sort((a, b) => a.latencyMs - b.latencyMs)
  return { locations, fastestRetrievalPath: locations[0] ?? null }
}

async function recordsOf(
  services: Services,
  { cid, path, mimeType, limit = LIMIT }: MetadataLocateRequest,
  run: Parameters<typeof metadataLocate>[2]
): Promise<readonly IndexRecord[]> {
  if ([cid, path, mimeType].filter((one) => one !== undefined).length !== 1)
    throw new KitError('USAGE', 'name content by its CID, its path, or a MIME type: by one of them')
  if (cid !== undefined) {
    const own = await indexedCid(services, cid, run)
    return await services.index.use((index) => {
      const record = index.get(own)
      return record === undefined ? [] : [record]
    })
  }
  const byField = async (field: string, value: string): Promise<readonly IndexRecord[]> => {
    const where = [predicateOf({ field, op: '==', value })]
    return await services.index.use((index) => findRecords(index, { where, limit }, undefined, run.signal)) // prettier-ignore
  }
  if (mimeType !== undefined) return await byField('mime_type', mimeType)
  const found = await byField('path', path!)
  return found.length > 0 ? found : await byField('filename', path!)
}

/** Returns the milliseconds that the engine measured, by kind of storage: those of its quickest backend. */
async function measuredLatencies(services: Services): Promise<ReadonlyMap<StorageKind, number>> {
  const report = await services.engine.report()
  const measured = new Map<StorageKind, number>()
  for (const { type, averageMs } of report?.remote?.backends ?? []) {
    const kind = storageKind(type)
    if (kind === undefined || averageMs === null) continue
    measured.set(kind, Math.min(averageMs, measured.get(kind) ?? Infinity))
  }
  return measured
}

function locationsOf(
  { cid, storage_locations: places, local }: IndexRecord,
  measured: ReadonlyMap<StorageKind, number>
): readonly Location[] {
  const locations: Location[] = []
  for (const [name, place] of Object.entries(places ?? {})) {
    if (place === null) continue
    const kind = name as StorageKind
    const each = Array.isArray(place) ? (place as readonly object[]) : [place as object]
    // What is here is read without asking anybody.
    const time = kind === 'ipfs' && local === true ? undefined : measured.get(kind)
    for (const details of each)
      locations.push({
        cid,
        kind,
        details: { ...details },
        latencyMs: time ?? ESTIMATES[kind],
        isMeasured: time !== undefined
      })
  }
  return locations
}

/** Estimates in ms of backends that the index has no kind for. */
const OTHER_ESTIMATES: Readonly<Record<string, number>> = { filesystem: 20 }
const OTHER_ESTIMATE = 200

/** Returns the copies on backends of kinds that the index has no place for, by CID. */
async function otherCopies(
  { home, engine }: Services,
  records: readonly IndexRecord[]
): Promise<ReadonlyMap<string, readonly Location[]>> {
  const others = new Map(
    configuredBackends(home)
      .filter(({ type }) => storageKind(type) === undefined)
      .map(({ name, type }) => [name, type])
  )
  if (others.size === 0) return new Map()
  const report = await engine.report()
  const measuredOf = (backend: string): number | null =>
    report?.remote?.backends.find(({ name }) => name === backend)?.averageMs ?? null
  return await withMappings(home, (mappings) => {
    const found = new Map<string, readonly Location[]>()
    for (const { cid } of records)
      found.set(
        cid,
        mappings.of(cid).flatMap(({ backend, carPath, status }): Location[] => {
          const kind = others.get(backend)
          if (kind === undefined || status !== 'stored') return []
          const time = measuredOf(backend)
          const latencyMs = time ?? OTHER_ESTIMATES[kind] ?? OTHER_ESTIMATE
          return [{ cid, kind, details: { backend, path: carPath }, latencyMs, isMeasured: time !== null }] // prettier-ignore
        })
      )
    return found
  })
}
