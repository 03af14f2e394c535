/** The library, `import { openKit } from 'ipfs-kit'`. Importing it does nothing; opening a home loads what it takes. */
import { KitError, type ErrorCode, type ErrorDetail } from './core/errors.js'
import { nodeProblem } from './core/node-version.js'
import type { Kit, KitOptions } from './library/kit.js'

export { KitError, type ErrorCode, type ErrorDetail }
export type { CallOptions, Kit, KitEvents, KitOptions } from './library/kit.js'
export type { AddRequest, AddResult, AddSource, EntryAdded, RootAdded } from './operations/add.js'
export type { ArchiveSource } from './operations/archive.js'
export type { BackendAddRequest } from './operations/backend-add.js'
export type { ListedBackend } from './operations/backend-list.js'
export type { BackendTestResult, TestStep } from './operations/backend-test.js'
export type { BackendUpdateRequest } from './operations/backend-update.js'
export type { CacheClearResult } from './operations/cache-clear.js'
export type { CacheStatsResult } from './operations/cache-stats.js'
export type { CacheWarmResult } from './operations/cache-warm.js'
export type { CarExportResult } from './operations/car-export.js'
export type { CarImportResult } from './operations/car-import.js'
export type { CarVerifyResult } from './operations/car-verify.js'
export type { CatRequest } from './operations/cat.js'
export type { BackendStats, EngineReport, MountStatus, UpstreamStats } from './operations/engine-report.js' // prettier-ignore
export type { EngineEvent, EventChoice, NewsType } from './operations/events.js'
export type { ExplainResult } from './operations/explain.js'
export type { Segment } from './operations/explanation.js'
export type { FsckResult } from './operations/fsck.js'
export type { GcResult } from './operations/gc.js'
export type { GetResult } from './operations/get.js'
export type { ListedNode } from './operations/ls.js'
export type { MountOptions } from './operations/mount-options.js'
export type { NodeType } from './core/node-stat.js'
export type { Progress } from './operations/run.js'
export type { PinAddResult } from './operations/pin-add.js'
export type { PinListed } from './operations/pin-list.js'
export type { StatResult } from './operations/stat.js'
export type { StatusResult } from './operations/status.js'

/**
 * Opens a home. Nothing of it is locked, and nothing runs on: there is nothing to close.
 * @throws CONFIG_INVALID; ACCESS_DENIED for a home that somebody else can change; UNSUPPORTED where Node.js is too old.
 */
export async function openKit(options: KitOptions = {}): Promise<Kit> {
  const problem = nodeProblem()
  if (problem !== undefined) throw new KitError('UNSUPPORTED', problem)
  const [{ Kit: Opened, kitSettings }, { makeServices }] = await Promise.all([
    import('./library/kit.js'),
    import('./compose/services.js')
  ])
  const { home, config, fetching, pinPolicy } = kitSettings(options)
  const services = makeServices(home, fetching, pinPolicy)
  services.checkHome()
  return new Opened(services, config)
}
