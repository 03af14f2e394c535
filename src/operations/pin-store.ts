/** Stores pins on backends: on those that are named, or on as many as are asked for. */
import { KitError } from '../core/errors.js'
import { carPathOf, nameOf, putOf, tagsOf, type Mapping } from '../pins/mapping.js'
import {
  demandOn,
  lacking,
  type Demand,
  type PinPolicy,
  type PlacedPin
} from '../pins/placement.js'
import type { PinMappings } from '../pins/pin-mappings.js'
import { StoreLayout } from '../store/layout.js'
import { readPins } from '../store/pins.js'
import { archiveSource } from './archive-source.js'
import { withMappings } from './mappings-view.js'
import type { Operation } from './operation.js'
import type { PinBackends } from './pin-backends.js'
import type { Planned, PinOutcome } from './pin-outcome.js'
import { withQuietContent } from './with-content.js'
import { withPinWork } from './with-pin-work.js'

export interface PinStoreRequest {
  /** CIDs of roots. */
  readonly cids: readonly string[]
  /** Backends that shall have a copy each. */
  readonly backends?: readonly string[] | undefined
  /** Copies in all, on backends that the policy chooses; by default as the policy says. */
  readonly replicas?: number | undefined
  /** By default the name that a copy or the pin has already. */
  readonly name?: string | undefined
  readonly tags?: readonly string[] | undefined
}

export interface PinStoreResult {
  readonly copies: readonly PinOutcome[]
}

/**
 * Stores pins on backends. A copy that is there already is left alone; one that fails stays in the
 * mappings as `failed`, to be tried again, and does not hold up the others.
 * @throws PATH_NOT_FOUND for a backend that is none, UNSUPPORTED for one that keeps no pins,
 * CONFIG_INVALID where the policy cannot be met.
 */
export const pinStore: Operation<PinStoreRequest, PinStoreResult> = async (
  services,
  request,
  run
) => {
  return await withPinWork(services, run, async ({ backends, journal, transfers }) => {
    for (const name of request.backends ?? []) await backends.target(name)
    const pins = readPins(new StoreLayout(services.home).pins)
    const named = (cid: string): string | undefined => pins.get(cid)?.name || undefined
    const { wanted, renamed } = await withMappings(services.home, (mappings) =>
      wantedCopies(request, services.pinPolicy, backends, mappings, named)
    )
    await Promise.all(renamed.map(({ mapping, base }) => journal.record({ change: putOf(mapping), base: putOf(base!) }))) // prettier-ignore
    const copies =
      wanted.length === 0
        ? []
        : await withQuietContent(services, run, true, (view) =>
            transfers.store(wanted, archiveSource(view))
          )
    if (wanted.length + renamed.length > 0) await journal.settle()
    return { copies }
  })
}

async function wantedCopies(
  request: PinStoreRequest,
  policy: PinPolicy,
  backends: PinBackends,
  mappings: PinMappings,
  named: (cid: string) => string | undefined
): Promise<{ readonly wanted: readonly Planned[]; readonly renamed: readonly Planned[] }> {
  const wanted: Planned[] = []
  const renamed: Planned[] = []
  for (const cid of new Set(request.cids)) {
    const known = mappings.of(cid)
    const names = request.backends ?? (await chosen(request, policy, backends, cid, known))
    for (const backend of new Set(names)) {
      const old = known.find((mapping) => mapping.backend === backend)
      const base = old ?? newMapping(cid, backend, backends, known)
      const name = request.name ?? (nameOf(base) === '' ? named(cid) : undefined)
      const mapping = withFields(base, name, request.tags)
      if (old?.status !== 'stored') wanted.push({ mapping, base: old ?? null })
      else if (isRenamed(old, mapping)) renamed.push({ mapping, base: old })
    }
  }
  return { wanted, renamed }
}

/** Returns the backends that the policy chooses for a pin. */
async function chosen(
  { replicas, tags }: PinStoreRequest,
  policy: PinPolicy,
  backends: PinBackends,
  cid: string,
  known: readonly Mapping[]
): Promise<string[]> {
  const all = known.flatMap((mapping) => tagsOf(mapping))
  const size = known.find(({ own }) => own.size !== undefined)?.own.size
  const demand = demandOn(policy, { cid, tags: [...all, ...(tags ?? [])], size, age: 0, unread: 0 })
  const asked: Demand = { ...demand, replicas: replicas ?? demand.replicas }
  const failed = known.filter(({ status }) => status !== 'stored').map(({ backend }) => backend)
  const have = new Set(known.map(({ backend }) => backend))
  return [...failed, ...lacking(asked, await backends.places(), have)]
}

/** Returns what a policy looks at in a pin that has mappings. */
export const demandedPin = (known: readonly Mapping[]): PlacedPin => ({
  cid: known[0]?.cid ?? '',
  tags: known.flatMap((mapping) => tagsOf(mapping)),
  size: known.find(({ own }) => own.size !== undefined)?.own.size,
  age: Date.now() - Date.parse(pinnedAt(known) ?? ''),
  unread: Date.now() - Date.parse(readAt(known) ?? pinnedAt(known) ?? '')
})

/** When a pin was read last, as its mappings have it. */
export const readAt = (known: readonly Mapping[]): string | undefined =>
  known
    .flatMap(({ own }) => own.read_at ?? [])
    .sort()
    .at(-1)

/** When a pin was made, whenever its copies were; undefined where it has none. */
const pinnedAt = (known: readonly Mapping[]): string | undefined =>
  known.map(({ createdAt }) => createdAt).sort()[0]

/** @param known the mappings of the pin on other backends, whose fields and time the new one has. */
export const newMapping = (
  cid: string,
  backend: string,
  backends: PinBackends,
  known: readonly Mapping[] = []
): Mapping => ({
  cid,
  carPath: carPathOf(backends.configured(backend).type, backend, cid),
  backend,
  createdAt: pinnedAt(known) ?? new Date().toISOString(),
  status: 'pending',
  fields: known[0]?.fields ?? {},
  own: known.length === 0 ? {} : { read_at: readAt(known) }
})

const isRenamed = (old: Mapping, mapping: Mapping): boolean =>
  JSON.stringify(mapping.fields) !== JSON.stringify(old.fields)

function withFields(
  mapping: Mapping,
  name: string | undefined,
  tags: PinStoreRequest['tags']
): Mapping {
  const { is_leaving: _, leave_at_least: __, ...own } = mapping.own
  const fields = {
    ...mapping.fields,
    ...(name === undefined ? {} : { name }),
    ...(tags === undefined ? {} : { tags: [...new Set([...tagsOf(mapping), ...tags])] })
  }
  return { ...mapping, fields, own }
}

/** Returns the error of copies of which some failed; undefined where none did. */
export function failureOf(copies: readonly PinOutcome[]): KitError | undefined {
  const failed = copies.filter(({ error }) => error !== null)
  if (failed.length === 0) return undefined
  const { code } = failed[0]!.error!
  return new KitError(
    code,
    `${failed.length} of ${copies.length} copies failed; \`ipfs-kit pin heal\` tries them again`
  )
}
