/**
 * Blocks that were hashed where they were read, because what comes next there depends on it: they are not hashed again on
 * their way out of the backend. Nothing but the block itself can be taken for it, and only once.
 */
import { verifyBlock, type Cid } from '../src/core/cid.js'

const hashed = new WeakMap<Uint8Array, Cid>()

/** Verifies a block, which `verifyOnce` then does not. @throws INTEGRITY. */
export function verifyAhead(cid: Cid, block: Uint8Array): void {
  verifyBlock(cid, block)
  hashed.set(block, cid)
}

/** Verifies a block, unless that was just done. @throws INTEGRITY. */
export function verifyOnce(cid: Cid, block: Uint8Array): void {
  const known = hashed.get(block)
  hashed.delete(block)
  if (known === undefined || !known.equals(cid)) verifyBlock(cid, block)
}
