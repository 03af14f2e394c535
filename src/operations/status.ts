/** The mounts, who serves them, and what the store holds. */
import { existsSync } from 'node:fs'
import { isKitError } from '../core/errors.js'
import type { UpstreamStats } from '../fetch/upstream-content.js'
import type { EngineReport } from './engine-report.js'
import { readPins } from '../store/pins.js'
import type { Operation } from './operation.js'
import type { Run } from './run.js'
import type { MountsStatus, Services } from './services.js'

export interface StatusResult extends MountsStatus {
  readonly home: string
  /** Of the store. */
  readonly blocks: number
  readonly pins: number
  /** Process of the engine of this home; null where none runs, or it does not answer. */
  readonly engine: number | null
  readonly remote: UpstreamStats | null
  /** What the engine does not have as it was asked for. */
  readonly warnings: readonly string[]
}

export const status: Operation<Record<string, never>, StatusResult> = async (services, _, run) => {
  const mounts = await services.mounts.status()
  const report = await reportIfAny(services)
  return {
    ...mounts,
    home: services.home,
    ...(await storeOf(services, run)),
    engine: report?.pid ?? null,
    remote: report?.remote ?? null,
    warnings: report?.warnings ?? []
  }
}

/** An engine that does not answer is told of by its mounts. */
async function reportIfAny(services: Services): Promise<EngineReport | undefined> {
  try {
    return await services.engine.report()
  } catch (error) {
    if (isKitError(error, 'TIMEOUT') || isKitError(error, 'ACCESS_DENIED')) return undefined
    throw error
  }
}

async function storeOf(services: Services, run: Run): Promise<{ blocks: number; pins: number }> {
  if (!existsSync(services.home)) return { blocks: 0, pins: 0 }
  const view = services.openContent(false, run)
  try {
    const { reader } = view
    const blocks = reader.manifest.segments.reduce((sum, { records }) => sum + records, 0)
    return { blocks, pins: readPins(reader.layout.pins).size }
  } finally {
    await view.close()
  }
}
