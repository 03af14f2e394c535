/** Nothing a backend says is believed: every block is hashed against its CID, once, here. */
import { replaceGetBlock } from '../facets/intercept.js'
import type { Facets } from '../facets/facets.js'
import { verifyOnce } from '../hashed-blocks.js'
import { WrappedBackend } from './wrapped.js'

export class Verified extends WrappedBackend {
  /** `getBlock` throws INTEGRITY when the block is not the one that was asked for. */
  protected override wrapFacets(facets: Facets): Facets {
    return replaceGetBlock(facets, (getBlock) => async (cid, options) => {
      const block = await getBlock(cid, options)
      verifyOnce(cid, block)
      return block
    })
  }
}
