/** Exports a DAG as a CARv1 in depth-first order, each block once. */
import { carHeader, sectionHead } from '../formats/car-writer.js'
import { verifyBlock, type Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import type { BlockSource } from '../store/ports.js'
import { walk } from './walk.js'

/**
 * Yields the bytes of the archive in parts.
 * @throws INTEGRITY at the first damaged block, BLOCK_NOT_FOUND at the first missing one, UNSUPPORTED
 *   at the first whose links cannot be read, because an archive must not have holes.
 */
export function* exportCar(root: Cid, blocks: BlockSource): Generator<Uint8Array, void, undefined> {
  yield carHeader([root])
  for (const { cid, block, links } of walk([root], (wanted) => blocks.get(wanted))) {
    if (links?.answer === 'unknown') throw unreadable(cid, root, links.reason)
    if (cid.isIdentity && cid.flaw === undefined) continue
    if (block === undefined)
      throw new KitError(
        'BLOCK_NOT_FOUND',
        `block ${cid} below ${root} is not in the local store, so the archive would have a hole`
      )
    // Verified again: the disk may have rotted since, and an archive goes to other machines.
    verifyBlock(cid, block)
    yield sectionHead(cid, block.length)
    yield block
  }
}

/** An archive without the blocks that an unreadable one leads to would have holes unseen. */
export const unreadable = (cid: Cid, root: Cid, reason: string): KitError =>
  new KitError('UNSUPPORTED', `what block ${cid} below ${root} leads to is unknown: ${reason}`)
