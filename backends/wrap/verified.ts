/** Nothing a backend says is believed: every block is hashed against its CID, once, here. */
import { verifyBlock, type Cid } from '../../src/core/cid.js'
import type { CallOptions } from '../backend.js'
import { WrappedBackend } from './wrapped.js'

export class Verified extends WrappedBackend {
  /** @throws INTEGRITY when the block is not the one that was asked for. */
  override async getBlock(cid: Cid, options: CallOptions): Promise<Uint8Array> {
    const block = await super.getBlock(cid, options)
    verifyBlock(cid, block)
    return block
  }
}
