/** Removes the blocks that no pin reaches. */
import type { GcReport } from '../store/gc.js'
import type { Operation } from './operation.js'

export type GcResult = GcReport

/** Collects garbage. An interrupted run has changed nothing. @throws INTEGRITY, LOCKED, ABORTED. */
export const gc: Operation<Record<string, never>, GcResult> = async (services, _, run) => {
  const owner = await services.openOwner(run, true)
  try {
    return await owner.collect(run.signal)
  } finally {
    owner.close()
  }
}
