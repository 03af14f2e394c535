/** Migrates what an older installation left of backends: their configuration, and their pin mappings. */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import {
  backendNames,
  checkName,
  readConfigured,
  saveConfigured
} from '../../backends/configured.js'
import { saveSecrets } from '../../backends/secrets.js'
import { isKitError, KitError, toKitError } from '../core/errors.js'
import { fsyncDir, ifPresent } from '../core/fs-durable.js'
import { readTextIfAny } from '../core/read-file.js'
import { backupName, freeStamp, newestRecord, prepare, takeBack, type MigrationRecord } from '../migration/backup.js' // prettier-ignore
import { readLegacyConfig, type LegacyBackend } from '../migration/legacy-config.js'
import { lookAt, type FolderState } from '../migration/legacy-folder.js'
import { leftovers } from '../migration/leftovers.js'
import { writePair, type Change } from '../pins/compaction.js'
import { PairFiles } from '../pins/pair-files.js'
import { encodeRow } from '../pins/row-codec.js'
import { loggedRows, type LoggedRows } from './logged-rows.js'
import { migrateWrites, type MigratedWrites, type MigrationMode } from './migrate-writes.js'
import type { Operation } from './operation.js'
import type { Run } from './run.js'
import type { Services } from './services.js'

export type { MigrationMode }

export interface MigrateMappingsRequest {
  readonly mode: MigrationMode
  /** Migrates the backends alone whose names have this part. */
  readonly filter?: string | undefined
  /** Writes the CAR from the Parquet file, where they disagree too. */
  readonly forceCar?: boolean | undefined
}

export interface MigratedBackend {
  readonly name: string
  /**
   * `current` where nothing is to be done, `legacy` for what a dry run would migrate, `failed` where
   * `error` says why.
   */
  readonly outcome: 'migrated' | 'legacy' | 'current' | 'restored' | 'nothing' | 'failed'
  /** Mappings after it. */
  readonly rows: number
  /** Mappings whose CID is none; they are kept, and marked. */
  readonly invalid: number
  /** Whether a configuration was made a backend. */
  readonly configured: boolean
  readonly reasons: readonly string[]
  readonly warnings: readonly string[]
  readonly error: KitError | null
}

export interface MigrateMappingsResult {
  readonly backends: readonly MigratedBackend[]
  /** What stood beside the backends; null where only some backends were looked at. */
  readonly writes: MigratedWrites | null
  /** What else an older installation left, with what can be done about it; nothing was done. */
  readonly leftovers: readonly string[]
}

/**
 * Migrates, or tells what that would do, or takes it back. Each backend is migrated as a whole or not at
 * all; what one of them lacks does not keep the others from it.
 * @throws LOCKED while an engine serves the home.
 */
export const migrateMappings: Operation<MigrateMappingsRequest, MigrateMappingsResult> = async (
  services,
  request,
  run
) => {
  const { home } = services
  const isChanging = request.mode === 'migrate' || request.mode === 'restore'
  if (isChanging && (await services.engine.report()) !== undefined)
    throw new KitError(
      'LOCKED',
      'an engine serves this home; end it first (`ipfs-kit unmount`, `ipfs-kit daemon stop`)'
    )
  const isAll = request.filter === undefined
  // A restore undoes the later steps first.
  const restored = isAll && request.mode === 'restore' ? await migrateWrites(services, 'restore', run) : undefined // prettier-ignore
  const backends = await allBackends(services, request, isChanging, run)
  const writes = restored ?? (isAll ? await migrateWrites(services, request.mode, run) : null)
  return { backends, writes, leftovers: leftovers(home) }
}

async function allBackends(
  services: Services,
  request: MigrateMappingsRequest,
  isChanging: boolean,
  run: Run
): Promise<MigratedBackend[]> {
  const { home } = services
  const owner = isChanging && existsSync(home) ? await services.openOwner(run) : undefined
  try {
    const configs = legacyConfigFiles(home)
    const names = new Set([...backendNames(home), ...configs.keys()])
    const backends: MigratedBackend[] = []
    for (const name of [...names].sort()) {
      run.signal.throwIfAborted()
      if (!name.includes(request.filter ?? '')) continue
      backends.push(await oneBackend(home, name, configs.get(name), request, run))
    }
    return backends
  } finally {
    owner?.close()
  }
}

/** Returns the YAML files of an older installation by the names of their backends. */
function legacyConfigFiles(home: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const folder of ['backends', 'backend_configs'])
    for (const file of ifPresent(() => readdirSync(join(home, folder))) ?? [])
      if (/\.ya?ml$/.test(file)) found.set(file.replace(/\.ya?ml$/, ''), join(home, folder, file))
  return found
}

const nothing = {
  rows: 0,
  invalid: 0,
  configured: false,
  reasons: [],
  warnings: [],
  error: null
} as const

async function oneBackend(
  home: string,
  name: string,
  config: string | undefined,
  request: MigrateMappingsRequest,
  { warn }: Run
): Promise<MigratedBackend> {
  const folder = join(home, 'backends', name)
  try {
    checkName(name)
    if (request.mode === 'restore') {
      const record = newestRecord(folder)
      if (record === undefined) return { ...nothing, name, outcome: 'nothing' }
      takeBack(folder, record)
      return { ...nothing, name, outcome: 'restored' }
    }
    return await lookedAt(home, name, folder, config, request)
  } catch (error) {
    if (!isKitError(error)) throw error
    warn(`${name}: ${error.message}`)
    return { ...nothing, name, outcome: 'failed', error: toKitError(error) }
  }
}

async function lookedAt(
  home: string,
  name: string,
  folder: string,
  configFile: string | undefined,
  { mode, forceCar = false }: MigrateMappingsRequest
): Promise<MigratedBackend> {
  const known = readConfigured(home, name)
  const legacy = await legacyConfig(configFile, name)
  const type = known?.type ?? legacy?.config?.type ?? legacy?.oldType
  if (mode === 'migrate' && existsSync(folder)) new PairFiles(folder).recover()
  const state = await lookAt({ folder, name, type, forceCar })
  // What only the log holds was acknowledged, too: the files that are made replace all before them.
  const logged = loggedRows(home, name, state.rows)
  const isAdded = known === undefined && legacy?.config !== undefined
  const reasons = [
    ...state.reasons,
    ...(isAdded
      ? [`${basename(configFile!)} is to be a backend of type ${legacy.config.type}`]
      : [])
  ]
  const told = {
    name,
    rows: logged.rows.length,
    invalid: state.invalid,
    configured: isAdded,
    reasons,
    warnings: [...(legacy?.warnings ?? []), ...state.warnings],
    error: null
  }
  if (state.state === 'none' && !isAdded) return { ...told, outcome: 'nothing' }
  if (reasons.length === 0) return { ...told, outcome: 'current' }
  if (mode === 'verify')
    return {
      ...told,
      outcome: 'failed',
      error: new KitError('CORRUPT_FORMAT', `${name} is not migrated: ${reasons.join('; ')}`)
    }
  if (mode === 'dry-run') return { ...told, outcome: 'legacy' }
  await migrate(home, name, { ...state, ...logged }, isAdded ? legacy : undefined, configFile)
  return { ...told, outcome: 'migrated' }
}

async function legacyConfig(
  file: string | undefined,
  name: string
): Promise<LegacyBackend | undefined> {
  const text = file === undefined ? undefined : readTextIfAny(file)
  return text === undefined ? undefined : await readLegacyConfig(text, file!, name)
}

async function migrate(
  home: string,
  name: string,
  state: FolderState & LoggedRows,
  added: LegacyBackend | undefined,
  configFile: string | undefined
): Promise<void> {
  const folder = join(home, 'backends', name)
  const files = new PairFiles(folder)
  const hasPair = state.state === 'legacy'
  const configMade =
    added === undefined ? [] : [join(folder, 'backend.json'), join(folder, 'secret.json')]
  const pairMade = hasPair ? files.all : []
  const away = [
    ...(hasPair ? state.removed : []),
    ...(added === undefined || configFile === undefined ? [] : [configFile])
  ]
  const replaced = [...(hasPair ? state.replaced : []), ...away]
  const stamp = freeStamp(folder, Date.now())
  const record: MigrationRecord = {
    stamp,
    replaced: replaced.map((original) => ({ original, backup: backupName(original, stamp) })),
    made: [...configMade, ...pairMade].filter((path) => !existsSync(path))
  }
  prepare(folder, record)
  if (added?.config !== undefined) {
    saveSecrets(home, name, added.secrets)
    saveConfigured(home, name, added.config)
  }
  if (hasPair) {
    // The table of an older pair must not be merged with the new rows.
    rmSync(files.table, { force: true })
    await writePair(files, changesOf(state), state.lsn, new Date().toISOString())
    files.switchOver()
  }
  for (const path of away) rmSync(path, { force: true })
  for (const path of away) fsyncDir(join(path, '..'))
}

const changesOf = ({ rows }: LoggedRows): Change[] =>
  rows.map((row) => ({ cid: Buffer.from(row.cid), row: encodeRow(row) }))
