/** Blocks by their CIDs. */
import type { Cid } from '../../src/core/cid.js'
import type { CallOptions } from './call.js'

/** Bytes of the largest block. Nodes send 2 MiB to each other; this leaves room for older ones. */
export const MAX_BLOCK = 8 << 20

export interface BlockOptions extends CallOptions {
  /** Asks for what the other side has itself: it searches no network of its own. */
  readonly isLocal?: boolean | undefined
}

export interface BlockReader {
  /**
   * Gives the whole block of a CID, of MAX_BLOCK bytes at most. The bytes are unverified: `wrap/verified.ts`
   * hashes them before anybody sees them. CIDs that share a multihash share a block.
   * @throws BLOCK_NOT_FOUND, TOO_LARGE.
   */
  getBlock(cid: Cid, options: BlockOptions): Promise<Uint8Array>
}

export interface BlockWriter {
  /**
   * Stores a block. It is as durable as the other side promises when this resolves, and visible as a
   * whole or not at all. Storing a block that is there already is no error, nor is doing so twice
   * at once.
   * @throws NO_SPACE, QUOTA.
   */
  putBlock(cid: Cid, block: Uint8Array, options: CallOptions): Promise<void>

  /** Removes a block that was put. Removing one that is not there is no error. */
  deleteBlock(cid: Cid, options: CallOptions): Promise<void>
}
