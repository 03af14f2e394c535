/** The sources of the blocks of an archive: the store, or whoever else gives blocks. */
import { DAG_PB, verifyBlock, type Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
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
  /**
   * Returns what fills memory, which must be as long as the block, with a verified block that is at
   * hand; undefined for a block that has to be got. It throws STALE where the block has another
   * length.
   */
  atHand?(cid: Cid): FillWithBlock | undefined
}

export type FillWithBlock = (target: Uint8Array) => void

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
  },
  atHand: (cid) =>
    store.find(cid.key) === undefined
      ? undefined
      : (target) => {
          store.retrying(() => readBlock(store, cid, target))
          verifyBlock(cid, target)
        }
})

function readBlock(store: BlockSource, cid: Cid, target: Uint8Array): void {
  const record = store.find(cid.key)
  if (record === undefined) throw store.missing(cid)
  const length = store.blockLength(record)
  if (length !== target.length) throw otherLength(cid, length, target.length)
  if (record.framed) target.set(store.get(cid))
  else store.readPayload(record, 0, target, 0, length)
}

/** The error for a block that has another length than its source said before. */
export const otherLength = (cid: Cid, length: number, said: number): KitError =>
  new KitError('STALE', `block ${cid} has ${length} bytes where its source said ${said}; try again`)
