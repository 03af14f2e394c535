/** Checks the store and repairs it. */
import { isKitError } from '../core/errors.js'
import type { FsckReport } from '../store/fsck.js'
import { requireHome } from './home-there.js'
import type { Operation } from './operation.js'
import type { Run } from './run.js'
import type { Services } from './services.js'

export interface FsckRequest {
  /** Reads and hashes every block. */
  readonly readData?: boolean
  /** Removes damaged blocks from the index. */
  readonly repair?: boolean
}

export interface FsckResult extends FsckReport {
  /** Whether no damage and no bad pin is left. Missing blocks do not count as damage. */
  readonly success: boolean
}

/** Checks the store. With `repair`, a damaged index is rebuilt first. @throws CORRUPT_FORMAT; PATH_NOT_FOUND for a home that does not exist. */
export const fsck: Operation<FsckRequest, FsckResult> = async (services, request, run) => {
  requireHome(services.home)
  const { report, rebuilt } = await checkRepairing(services, request, run)
  return {
    ...report,
    success: (request.repair === true || report.bad.length === 0) && report.badPins.length === 0,
    repaired: report.repaired + rebuilt
  }
}

/**
 * Checks; when that fails over the index and repair is allowed, rebuilds the index and checks
 * again.
 */
async function checkRepairing(
  services: Services,
  request: FsckRequest,
  run: Run
): Promise<{ readonly report: FsckReport; readonly rebuilt: number }> {
  try {
    return { report: await check(services, request, run), rebuilt: 0 }
  } catch (error) {
    if (request.repair !== true || !isKitError(error, 'CORRUPT_FORMAT')) throw error
    run.warn(`${error.message}: this is repaired`)
    const { blocks, lost } = await services.repairHome(run)
    for (const line of lost) run.warn(`not taken over: ${line}`)
    return { report: await check(services, request, run), rebuilt: blocks }
  }
}

async function check(
  services: Services,
  { readData = false, repair = false }: FsckRequest,
  run: Run
): Promise<FsckReport> {
  const owner = await services.openOwner(run, repair)
  try {
    return await owner.check(
      { readData, repair },
      { signal: run.signal, progress: (bytes) => run.progress({ what: 'checking', bytes }) }
    )
  } finally {
    owner.close()
  }
}
