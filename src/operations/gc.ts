/** Removes the blocks that no pin reaches. */
import type { GcReport } from '../store/gc.js'
import { requireHome } from './home-there.js'
import type { Operation } from './operation.js'

export interface GcRequest {
  /** Whether to report what would be removed, and to remove nothing. */
  readonly isDryRun?: boolean
}

export type GcResult = GcReport

/**
 * Collects garbage. An interrupted run has changed nothing. Where it cannot be known what a pin
 * reaches, everything is kept, with a warning. @throws PATH_NOT_FOUND for a home that does
 * not exist; INTEGRITY, LOCKED, ABORTED.
 */
export const gc: Operation<GcRequest, GcResult> = async (services, { isDryRun = false }, run) => {
  requireHome(services.home)
  const owner = await services.openOwner(run, true)
  try {
    const { signal } = run
    const report = await (isDryRun ? owner.survey(signal) : owner.collect(signal))
    for (const { cid, reason } of report.doubts)
      run.warn(`what ${cid} leads to is unknown, so nothing was removed: ${reason}`)
    return report
  } finally {
    owner.close()
  }
}
