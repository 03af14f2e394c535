/**
 * Takes over what an older installation left beside its backends: content that waited to be written becomes
 * pins, operations that were still to be done become copies that are pending, and indexes of pins become
 * pins. Originals become backups, which a restore brings back to the byte.
 */
import { existsSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { configuredBackends } from '../../backends/configured.js'
import { Cid } from '../core/cid.js'
import { isKitError, KitError, toKitError } from '../core/errors.js'
import { fsyncDir } from '../core/fs-durable.js'
import { backupName, freeStamp, newestRecord, prepare, takeBack, type MigrationRecord } from '../migration/backup.js' // prettier-ignore
import { indexedPins, indexFiles, type IndexedPin } from '../migration/legacy-indexes.js'
import { isCid } from '../migration/legacy-pins.js'
import { legacyOperations, legacyPartitions, legacyWrites, type LegacyOperation, type LegacyWrite } from '../migration/legacy-writes.js' // prettier-ignore
import { putOf, type Mapping } from '../pins/mapping.js'
import { StoreLayout } from '../store/layout.js'
import { readPins } from '../store/pins.js'
import { add } from './add.js'
import { carImport } from './car-import.js'
import { withMappings } from './mappings-view.js'
import { pinAdd } from './pin-add.js'
import { pinRemove } from './pin-remove.js'
import { newMapping } from './pin-store.js'
import type { Run } from './run.js'
import type { Services } from './services.js'
import { withPinWork } from './with-pin-work.js'

export type MigrationMode = 'migrate' | 'dry-run' | 'verify' | 'restore'

export interface MigratedWrites {
  /** As of a backend. */
  readonly outcome: 'migrated' | 'legacy' | 'current' | 'restored' | 'nothing' | 'failed'
  /** Content that waited to be written, by its older CID, with the CID that it has here. */
  readonly writes: readonly { readonly from: string; readonly cid: string | null }[]
  /** Copies that are pending now, as operations of the older log were. */
  readonly operations: readonly { readonly cid: string; readonly backend: string }[]
  /** CIDs of indexes that are pinned now; in a dry run, those that would be. */
  readonly pins: readonly string[]
  readonly reasons: readonly string[]
  readonly warnings: readonly string[]
  readonly error: KitError | null
}

/** What is to be done. */
interface Found {
  readonly writes: readonly LegacyWrite[]
  readonly unread: readonly LegacyWrite[]
  readonly operations: readonly LegacyOperation[]
  readonly partitions: readonly string[]
  readonly pins: readonly IndexedPin[]
  readonly indexes: readonly string[]
  readonly warnings: readonly string[]
}

const NOTHING: MigratedWrites = { outcome: 'nothing', writes: [], operations: [], pins: [], reasons: [], warnings: [], error: null } // prettier-ignore

/** Never owns the home for longer than a step. A second call does what a first one could not. */
export async function migrateWrites(
  services: Services,
  mode: MigrationMode,
  run: Run
): Promise<MigratedWrites> {
  if (!existsSync(services.home)) return NOTHING
  try {
    if (mode === 'restore') return await restore(services, run)
    const found = await lookAt(services.home)
    const told = toldOf(found)
    if (told.reasons.length === 0) return told
    if (mode === 'dry-run') return { ...told, outcome: 'legacy' }
    if (mode === 'verify') {
      const reason = `what an older installation left is not taken over: ${told.reasons.join('; ')}`
      return { ...told, outcome: 'failed', error: new KitError('CORRUPT_FORMAT', reason) }
    }
    return await migrate(services, found, told, run)
  } catch (error) {
    if (!isKitError(error) || error.code === 'ABORTED') throw error
    return { ...NOTHING, outcome: 'failed', error: toKitError(error) }
  }
}

async function lookAt(home: string): Promise<Found> {
  const all = await legacyWrites(home)
  const unread = all.filter(({ content }) => content === undefined)
  const configured = new Set(configuredBackends(home).map(({ name }) => name))
  const operations = await legacyOperations(home)
  const known = readPins(new StoreLayout(home).pins)
  const indexed = await indexedPins(home)
  const isOnBackend = await onBackends(home)
  const pins = indexed.filter(({ cid }) => isCid(cid) && !known.has(cid) && !known.has(String(Cid.parse(cid))) && !isOnBackend(cid)) // prettier-ignore
  return {
    writes: all.filter(({ content }) => content !== undefined),
    unread,
    operations: operations.filter(({ backend }) => configured.has(backend)),
    partitions: legacyPartitions(home),
    pins,
    indexes: indexFiles(home),
    warnings: [
      ...unread.map(({ files }) => `${files.join(', ')}: a pending write of an unknown form, which is left as it is`), // prettier-ignore
      ...operations.filter(({ backend }) => !configured.has(backend)).map(({ cid, backend }) => `an operation with ${cid} was still to be done on ${backend}, which is no backend`), // prettier-ignore
      ...indexed.filter(({ cid }) => !isCid(cid)).map(({ cid }) => `an index of pins has "${cid}", which is no CID`) // prettier-ignore
    ]
  }
}

/** Returns whether pins have copies on backends; of mappings that are not migrated yet, nobody knows. */
async function onBackends(home: string): Promise<(cid: string) => boolean> {
  const cids = new Set<string>()
  try {
    await withMappings(home, (mappings) => {
      for (const { cid } of mappings.all()) cids.add(cid)
    })
  } catch (error) {
    if (!isKitError(error, 'CORRUPT_FORMAT')) throw error
  }
  return (cid) => cids.has(cid)
}

/** Names at most so many of each kind. */
const NAMED = 10

function toldOf(found: Found): MigratedWrites {
  const { writes, operations, partitions, pins, indexes, warnings } = found
  const some = (texts: readonly string[]): string =>
    texts.slice(0, NAMED).join(', ') + (texts.length > NAMED ? ` and ${texts.length - NAMED} more` : '') // prettier-ignore
  const reasons = [
    ...(writes.length === 0 ? [] : [`content waits to be written: ${some(writes.map(({ cid }) => cid))}`]), // prettier-ignore
    ...(operations.length === 0 ? [] : [`operations were still to be done: ${some(operations.map(({ cid, backend }) => `${cid} on ${backend}`))}`]), // prettier-ignore
    ...(pins.length === 0 ? [] : [`pins of an index are not pinned: ${some(pins.map(({ cid }) => cid))}`]), // prettier-ignore
    ...(partitions.length === 0 ? [] : [`${partitions.length} files of an older log are there`]),
    ...(indexes.length === 0 ? [] : [`${indexes.length} indexes of pins are there`])
  ]
  return {
    outcome: reasons.length === 0 && found.unread.length === 0 ? 'nothing' : 'current',
    writes: writes.map(({ cid }) => ({ from: cid, cid: null })),
    operations: operations.map(({ cid, backend }) => ({ cid, backend })),
    pins: pins.map(({ cid }) => cid),
    reasons,
    warnings,
    error: null
  }
}

async function migrate(
  services: Services,
  found: Found,
  told: MigratedWrites,
  run: Run
): Promise<MigratedWrites> {
  const { home } = services
  const before = readPins(new StoreLayout(home).pins)
  const written = new Map<string, string>()
  for (const write of found.writes) written.set(write.cid, await keep(services, write, run))
  const { pinned, lost } = await pinAll(services, found.pins, run)
  const wanted = await pendingCopies(services, found.operations, written, run)
  const pins = [...written.values(), ...pinned].filter((cid) => !before.has(cid))
  const away = [
    ...found.writes.flatMap(({ files }) => files),
    ...found.partitions,
    // An index stays until all of it is pinned.
    ...(lost.length === 0 ? found.indexes : [])
  ]
  const stamp = freeStamp(home, Date.now())
  const record: MigrationRecord = {
    stamp,
    replaced: away.map((original) => ({ original, backup: backupName(original, stamp) })),
    made: [],
    pins,
    mappings: wanted.map(({ backend, cid }) => ({ backend, cid }))
  }
  prepare(home, record)
  await recordAll(services, wanted, run)
  for (const path of away) rmSync(path, { force: true })
  for (const folder of new Set(away.map((path) => dirname(path)))) fsyncDir(folder)
  const [first] = lost
  return {
    ...told,
    outcome: first === undefined ? 'migrated' : 'failed',
    writes: found.writes.map(({ cid }) => ({ from: cid, cid: written.get(cid)! })),
    operations: wanted.map(({ cid, backend }) => ({ cid, backend })),
    pins: pinned,
    error: first === undefined ? null : new KitError(first.error.code, `${lost.length} pins of an index could not be pinned, and the index stays; the first is ${first.cid}: ${first.error.message}`) // prettier-ignore
  }
}

/** Adds or imports content, and pins it. @returns its CID here. */
async function keep(services: Services, write: LegacyWrite, run: Run): Promise<string> {
  const content = write.content!
  if ('archive' in content) {
    const { roots } = await carImport(services, { archives: [content.archive] }, run)
    return roots[0] ?? write.cid
  }
  // The older form of CIDs comes of the older profile.
  const profile = write.cid.startsWith('Qm') ? 'unixfs-v0-2015' : 'unixfs-v1-2025'
  const name = write.name === '' ? write.cid : write.name
  const { roots } = await add(services, { sources: [{ name, stream: content.bytes() }], profile }, run) // prettier-ignore
  return roots[0]!.cid
}

interface Lost {
  readonly cid: string
  readonly error: KitError
}

/** Pins what is here or can be fetched. */
async function pinAll(
  services: Services,
  pins: readonly IndexedPin[],
  run: Run
): Promise<{ readonly pinned: readonly string[]; readonly lost: readonly Lost[] }> {
  const pinned: string[] = []
  const lost: Lost[] = []
  for (const { cid, name } of pins)
    try {
      const { pins: made } = await pinAdd(services, { paths: [cid], name }, run)
      pinned.push(...made.map((pin) => pin.cid))
    } catch (error) {
      if (!isKitError(error) || error.code === 'ABORTED') throw error
      lost.push({ cid, error })
    }
  return { pinned, lost }
}

/** Returns the mappings that stand for operations which were to be done. */
async function pendingCopies(
  services: Services,
  operations: readonly LegacyOperation[],
  written: ReadonlyMap<string, string>,
  run: Run
): Promise<Mapping[]> {
  return await withPinWork(services, run, async ({ backends }) =>
    withMappings(services.home, (mappings) =>
      operations.flatMap(({ cid: old, backend, isRemoval }) => {
        const cid = written.get(old) ?? old
        const known = mappings.of(cid).find((mapping) => mapping.backend === backend)
        if (isRemoval)
          return known === undefined ? [] : [{ ...known, own: { ...known.own, is_leaving: true } }]
        if (known?.status === 'stored' || !isCid(cid)) return []
        return [known ?? newMapping(cid, backend, backends, mappings.of(cid))]
      })
    )
  )
}

async function recordAll(
  services: Services,
  mappings: readonly Mapping[],
  run: Run
): Promise<void> {
  if (mappings.length === 0) return
  await withPinWork(services, run, async ({ journal }) => {
    await Promise.all(mappings.map((mapping) => journal.record({ change: putOf({ ...mapping, status: 'pending' }) }))) // prettier-ignore
    await journal.settle()
  })
}

/** Takes the last migration back: its pins go, what was pending by it is not, and the files return. */
async function restore(services: Services, run: Run): Promise<MigratedWrites> {
  const { home } = services
  const record = newestRecord(home)
  if (record === undefined) return NOTHING
  const known = readPins(new StoreLayout(home).pins)
  const cids = (record.pins ?? []).filter((cid) => known.has(cid))
  if (cids.length > 0) await pinRemove(services, { cids }, run)
  const pending = await withMappings(
    home,
    (mappings) =>
    (record.mappings ?? []).filter(({ backend, cid }) => mappings.of(cid).some((one) => one.backend === backend && one.status === 'pending')) // prettier-ignore
  )
  if (pending.length > 0)
    await withPinWork(services, run, async ({ journal }) => {
      await Promise.all(pending.map((one) => journal.record({ change: { ...one, row: null } })))
      await journal.settle()
    })
  takeBack(home, record)
  return { ...NOTHING, outcome: 'restored' }
}
