/** The sources of the blocks of an archive: the store, or whoever else gives blocks. */
import { DAG_PB, verifyBlock, type Cid } from '../core/cid.js'
import { isLeafCodec } from '../formats/links.js'
import type { BlockSource } from '../store/ports.js'

/** The source of the blocks of an archive; the facet `blockReader` of a backend is one, too. */
export interface ArchiveBlocks {
  /** Gives a whole block, verified against its CID. @throws BLOCK_NOT_FOUND. */
  getBlock(cid: Cid, options: { readonly signal: AbortSignal }): Uint8Array | Promise<Uint8Array>
  /**
   * Returns the length in bytes of a block without links, without reading it; undefined where it has
   * to be read, which a source without this method always has to do: every block is read twice then.
   */
  leafLength?(cid: Cid): number | undefined
}

/** Returns the blocks of a store for an archive. The disk may have rotted, so that each is verified. */
export const storedBlocks = (store: BlockSource): ArchiveBlocks => ({
  getBlock: (cid) => {
    const block = store.get(cid)
    verifyBlock(cid, block)
    return block
  },
  leafLength: (cid) => {
    const record = store.find(cid.key)
    if (record === undefined) return undefined
    const isLeaf = isLeafCodec(cid.codec) || (cid.codec === DAG_PB && record.framed)
    return isLeaf ? store.blockLength(record) : undefined
  }
})
