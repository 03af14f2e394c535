/** Pins that the other side keeps: a pinned DAG survives its garbage collection. */
import type { Cid } from '../../src/core/cid.js'
import type { CallOptions } from './call.js'

export interface RemotePins {
  /**
   * Pins a DAG with everything below its root. The other side fetches what it lacks, if it may.
   * Pinning a DAG twice is no error.
   * @throws BLOCK_NOT_FOUND where a block is missing and cannot be fetched.
   */
  pin(cid: Cid, options: CallOptions): Promise<void>

  /** Releases a pinned DAG. Releasing one that is not pinned is no error. */
  unpin(cid: Cid, options: CallOptions): Promise<void>

  /** Tells whether a DAG is pinned by itself, and not only as a part of another. */
  isPinned(cid: Cid, options: CallOptions): Promise<boolean>
}
