/** Tells the index of what happened. That it cannot be told does not undo what happened. */
import { toKitError } from '../core/errors.js'
import type { IndexPatch } from '../metadata/patch.js'
import type { Owner } from './owner.js'
import type { Run } from './run.js'

export async function tellIndex(
  owner: Owner,
  batches: Iterable<readonly IndexPatch[]>,
  { warn, signal }: Run
): Promise<void> {
  try {
    let count = 0
    for (const batch of batches) {
      if (batch.length === 0) continue
      signal.throwIfAborted()
      await owner.recordIndex(batch)
      count += batch.length
    }
    if (count > 0) await owner.settleIndex(false)
  } catch (error) {
    if (signal.aborted) throw signal.reason
    warn(`the metadata index lacks what was done (${toKitError(error).message}); \`ipfs-kit metadata refresh\` brings it up to date`) // prettier-ignore
  }
}
