/** Reports the mounts, the engines that serve them, and the store. */
import type { KeyName } from '../config/config.js'
import type { Sources } from '../config/layers.js'
import type { Role } from '../metadata/role.js'
import { indexRole } from './index-role.js'
import { isKitError, toKitError, type ErrorCode } from '../core/errors.js'
import type { UpstreamStats } from '../fetch/upstream-content.js'
import { expectedMounts, type ExpectedMount } from './configured-mounts.js'
import type { EngineReport, MountStatus, MountsStatus, PortReport } from './engine-report.js'
import { readPins } from '../store/pins.js'
import { NO_SCRUB, readScrubReport, type ScrubReport } from '../store/scrub-report.js'
import { absentHome, isHomeAbsent } from './home-there.js'
import type { Operation } from './operation.js'
import type { Run } from './run.js'
import type { Services } from './services.js'

export type { ScrubReport }

export interface StatusRequest {
  readonly sources: Sources<KeyName>
}

export interface StatusResult extends MountsStatus {
  readonly home: string
  /** The mounts that this home is configured to have. */
  readonly configured: readonly ExpectedMount[]
  /** Blocks and pins of the store. */
  readonly blocks: number
  readonly pins: number
  /** What the scrub of the store found. */
  readonly scrub: ScrubReport
  /** Process of this home's engine; null where none runs, or it does not answer. */
  readonly engine: number | null
  /** Where it answers over HTTP. */
  readonly ports: readonly PortReport[]
  readonly remote: UpstreamStats | null
  /** What this node does with indexes of others (`metadata.role`); null where the configuration does not tell. */
  readonly indexRole: Role | null
  /** Differences between what the engine was asked for and what it does. */
  readonly warnings: readonly string[]
}

function roleIfKnown(home: string): Role | null {
  try {
    return indexRole(home)
  } catch (error) {
    if (isKitError(error, 'CONFIG_INVALID')) return null
    throw error
  }
}

export const status: Operation<StatusRequest, StatusResult> = async (
  services,
  { sources },
  run
) => {
  const { home } = services
  const [found, report] = await Promise.all([services.mounts.status(), reportIfAny(services, run)])
  const isOwn = (mount: MountStatus): boolean => mount.home === home
  const own = found.mounts.filter(isOwn)
  const { mountpoint } = services.mounts
  const served = own.map(({ path }) => path)
  return {
    ...found,
    // This home first.
    mounts: [...own, ...found.mounts.filter((mount) => !isOwn(mount))],
    home,
    configured: expectedMounts(home, sources, mountpoint, served),
    ...(await storeIfReadable(services, run)),
    engine: report?.pid ?? null,
    ports: report?.ports ?? [],
    remote: report?.remote ?? null,
    indexRole: roleIfKnown(home),
    warnings: report?.warnings ?? []
  }
}

/**
 * Returns the engine's report. One that does not answer is missing here, since its mounts show it;
 * one of another version, or whose home was moved, is warned of.
 */
async function reportIfAny(services: Services, run: Run): Promise<EngineReport | undefined> {
  try {
    return await services.engine.report()
  } catch (error) {
    if (isKitError(error, 'UNSUPPORTED') || isKitError(error, 'STALE')) run.warn(error.message)
    else if (!isKitError(error) || !NO_REPORT.has(error.code)) throw error
    return undefined
  }
}

/** Errors of an engine that hangs, is another user's, or is just ending. */
const NO_REPORT: ReadonlySet<ErrorCode> = new Set(['TIMEOUT', 'ACCESS_DENIED', 'CLOSED'])

type StoreStatus = Pick<StatusResult, 'blocks' | 'pins' | 'scrub'>

const NO_STORE: StoreStatus = { blocks: 0, pins: 0, scrub: NO_SCRUB }

/** Counts nothing of a store that cannot be read, and warns: mounts are worth knowing even then. */
async function storeIfReadable(services: Services, run: Run): Promise<StoreStatus> {
  try {
    services.checkHome()
    return await storeOf(services, run)
  } catch (error) {
    run.warn(`the store is not counted: ${toKitError(error).message}`)
    return NO_STORE
  }
}

/** Counts blocks from the manifest, which must not create a home that does not exist. */
async function storeOf(services: Services, run: Run): Promise<StoreStatus> {
  if (isHomeAbsent(services.home)) {
    run.warn(absentHome(services.home))
    return NO_STORE
  }
  const view = await services.openContent(false, run)
  try {
    const { reader } = view
    const blocks = reader.manifest.segments.reduce((sum, { records }) => sum + records, 0)
    const { layout } = reader
    return { blocks, pins: readPins(layout.pins).size, scrub: readScrubReport(layout) }
  } finally {
    await view.close()
  }
}
