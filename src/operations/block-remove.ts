/** Removes a single block from the cache. */
import { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { below } from '../content/walk.js'
import { readPins } from '../store/pins.js'
import { blockNotFound } from '../store/reader.js'
import { cacheEvict } from './cache-evict.js'
import type { Operation } from './operation.js'
import { withContent } from './with-content.js'

export interface BlockRemoveRequest {
  readonly cid: string
  /** Whether it does not matter that a block is not here. */
  readonly force?: boolean
}

/**
 * Removes a block that is only in the cache. What is in the store goes with all that no pin keeps.
 * @throws BUSY for a block that a pin keeps, or that is in the store; BLOCK_NOT_FOUND.
 */
export const blockRemove: Operation<BlockRemoveRequest, void> = async (services, request, run) => {
  const cid = Cid.parse(request.cid)
  const isCached = await withContent(services, run, false, async (view) => {
    const pins = readPins(view.reader.layout.pins)
    const own = pins.get(String(cid))
    if (own !== undefined) throw new KitError('BUSY', `pinned: ${own.type}`)
    const tier = view.tierOf(cid)
    if (tier === undefined && request.force !== true) throw blockNotFound(cid)
    if (tier !== 'local') return await Promise.resolve(tier !== undefined)
    for (const { cid: root, type } of pins.values()) {
      if (type !== 'recursive') continue
      for (const kept of below([Cid.parse(root)], view.content))
        if (kept.cid.equals(cid)) throw new KitError('BUSY', `pinned via ${root}`)
    }
    throw new KitError(
      'BUSY',
      'it is not pinned, and goes when garbage is collected: `ipfs repo gc`'
    )
  })
  if (isCached) await cacheEvict(services, { cids: [String(cid)] }, run)
}
