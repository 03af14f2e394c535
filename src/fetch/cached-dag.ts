/** Walks what is here of DAGs, without fetching what is not. */
import { EMPTY } from '../core/bytes.js'
import type { Cid } from '../core/cid.js'
import { isKitError, KitError } from '../core/errors.js'
import { NotReady } from '../core/not-ready.js'
import type { Content } from '../content/content.js'
import { walk } from '../content/walk.js'
import { isLeafCodec } from '../formats/links.js'

/** Yields every CID below some roots, and the roots, once; nothing below a block that is not here. */
export function* hereBelow(
  roots: readonly Cid[],
  { blocks }: Content
): Generator<Cid, void, undefined> {
  const load = (cid: Cid): Uint8Array => {
    // The bytes of a leaf lead nowhere, so that they need not be read.
    if (isLeafCodec(cid.codec)) return EMPTY
    try {
      return blocks.get(cid)
    } catch (error) {
      if (!(error instanceof NotReady) && !isKitError(error)) throw error
      throw new KitError('BLOCK_NOT_FOUND', `block ${cid} is not here`, { cause: error })
    }
  }
  for (const { cid } of walk(roots, load)) yield cid
}
