/** Removing what no pin reaches. */
import type { GcReport } from '../store/gc.js'
import type { Operation } from './operation.js'

export type GcResult = GcReport

/** Collects garbage. Ended before it is done, it has changed nothing. @throws INTEGRITY, LOCKED. */
export const gc: Operation<Record<string, never>, GcResult> = async (services, _, run) => {
  const owner = await services.openOwner(run, true)
  try {
    return await owner.collect(run.signal)
  } finally {
    owner.close()
  }
}
