/** The check of index segments that look as they were written. */
import { isKitError, systemCode } from '../core/errors.js'
import type { Turns } from '../core/turns.js'
import type { BlockStore } from './block-store.js'
import { Segment } from './segment.js'

/** Returns the paths of segments that are damaged. */
export async function damagedSegments(store: BlockStore, turns: Turns): Promise<string[]> {
  const damaged: string[] = []
  for (const { id } of store.reader.manifest.segments) {
    const path = store.layout.segment(id)
    if (await isDamaged(path, turns)) damaged.push(path)
  }
  return damaged
}

async function isDamaged(path: string, turns: Turns): Promise<boolean> {
  let segment: Segment | undefined
  try {
    segment = Segment.open(path)
    const steps = segment.verifying(path)
    while (steps.next().done !== true) if (turns.isDue) await turns.take()
    return false
  } catch (error) {
    if (isKitError(error, 'ABORTED')) throw error
    // One that is gone was merged into another.
    if (systemCode(error) === 'ENOENT') return false
    if (!isKitError(error)) throw error
    return true
  } finally {
    segment?.close()
  }
}
