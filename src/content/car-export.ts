/** A DAG → CARv1 in depth-first order, each block once. */
import { carHeader, sectionHead } from '../formats/car-writer.js'
import { verifyBlock, type Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import type { BlockSource } from '../store/ports.js'
import { walk } from './walk.js'

/**
 * The bytes of the archive, in parts to be written one behind the other.
 * @throws INTEGRITY at the first block whose bytes are damaged; BLOCK_NOT_FOUND at the first block that is not here: an archive with holes is refused.
 */
export function* exportCar(root: Cid, blocks: BlockSource): Generator<Uint8Array, void, undefined> {
  yield carHeader([root])
  for (const { cid, block } of walk([root], (wanted) => blocks.get(wanted))) {
    if (cid.isIdentity) continue
    if (block === undefined)
      throw new KitError(
        'BLOCK_NOT_FOUND',
        `block ${cid} below ${root} is not in the local store, so the archive would have a hole`
      )
    // What leaves for other machines is held against its hash once more: disks do rot.
    verifyBlock(cid, block)
    yield sectionHead(cid, block.length)
    yield block
  }
}
