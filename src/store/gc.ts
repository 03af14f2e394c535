/**
 * Garbage collection: removes the blocks that no pin reaches. This part marks what is reached, a bit
 * per record of the index, and writes nothing; sweep.ts removes the rest. Where it cannot know what
 * a pin reaches, it keeps everything.
 */
import { EMPTY } from '../core/bytes.js'
import { Cid, verifyBlock } from '../core/cid.js'
import { KitError, toKitError } from '../core/errors.js'
import { BitSet } from '../core/bit-set.js'
import { Turns } from '../core/turns.js'
import { isLeafCodec, LINKING_CODECS, linksToStored } from '../formats/links.js'
import type { BlockStore } from './block-store.js'
import { type BlockRecord, type ObjectId } from './ports.js'
import type { SegmentSet } from './segment-set.js'
import type { Doubt, GcReport } from './gc-report.js'
import { surveySweep, sweep, type Marked } from './sweep.js'

export type { GcReport }

/** Number of doubts that are named. */
const MAX_DOUBTS = 10

/**
 * Collects the garbage of a store.
 * @param store no writer may be at work in it (writers.ts).
 * @param signal aborts the marking; nothing has been removed then.
 */
export const collectGarbage = (store: BlockStore, signal: AbortSignal): Promise<GcReport> =>
  new Collection(store, signal).run()

/**
 * Marks as `collectGarbage` does, and removes nothing.
 * @returns what it would do, where there is room for it; freed bytes are estimated.
 */
export const surveyGarbage = (store: BlockStore, signal: AbortSignal): Promise<GcReport> =>
  new Collection(store, signal).survey()

class Collection {
  readonly #store: BlockStore
  readonly #turns: Turns
  readonly #index: SegmentSet
  readonly #live: BitSet
  /**
   * The blocks whose links were or will be followed. One set for each codec: CIDs of different
   * codecs can name the same block, whose links differ by codec.
   */
  readonly #reached: ReadonlyMap<number, BitSet>
  /** Nodes that are yet to be read, each once. */
  readonly #open: Cid[] = []
  readonly #doubts: Doubt[] = []
  /** Whole files whose root is live. */
  readonly #wholes = new Set<ObjectId>()

  constructor(store: BlockStore, signal: AbortSignal) {
    this.#store = store
    this.#turns = new Turns(signal)
    this.#index = store.reader.index
    const { count } = this.#index
    this.#live = new BitSet(count)
    this.#reached = new Map(LINKING_CODECS.map((codec) => [codec, new BitSet(count)]))
  }

  async run(): Promise<GcReport> {
    return sweep(this.#store, await this.#marked())
  }

  async survey(): Promise<GcReport> {
    return surveySweep(this.#store, await this.#marked())
  }

  async #marked(): Promise<Marked> {
    await this.#mark(this.#index)
    await this.#turns.take()
    const [index, live, wholes, doubts] = [this.#index, this.#live, this.#wholes, this.#doubts]
    return { index, live, wholes, doubts }
  }

  /** Marks every block that a pin reaches, depth first. */
  async #mark(index: SegmentSet): Promise<void> {
    for (const pin of this.#store.pins.pins.values()) {
      const root = this.#rootOf(pin.cid)
      if (root === undefined) continue
      if (pin.type === 'direct') this.#markLive(index, root)
      else if (root.isIdentity) this.#follow(index, root, root.identityBlock)
      else this.#reach(index, root)
      await this.#followOpen(index)
    }
  }

  /** Parses a pin; one that no CID has may stand for anything. */
  #rootOf(pin: string): Cid | undefined {
    try {
      return Cid.parse(pin)
    } catch (error) {
      this.#doubt(pin, `${toKitError(error).message}; remove the pin with \`ipfs-kit pin rm\``)
      return undefined
    }
  }

  async #followOpen(index: SegmentSet): Promise<void> {
    for (let cid = this.#open.pop(); cid !== undefined; cid = this.#open.pop()) {
      if (this.#turns.isDue) await this.#turns.take()
      const record = index.read(index.indexOf(cid.key))
      // A framed record is a leaf of a file.
      if (!record.framed) this.#follow(index, cid, this.#readVerified(cid, record))
    }
  }

  /** Marks what a node links to. */
  #follow(index: SegmentSet, cid: Cid, block: Uint8Array): void {
    const links = linksToStored(cid, block)
    if (links.answer === 'unknown') this.#doubt(String(cid), links.reason)
    for (const link of links.cids) this.#reach(index, link)
  }

  /** Marks a block live, and puts it among the open ones unless its links were reached before. */
  #reach(index: SegmentSet, cid: Cid): void {
    // No block has a CID with a flaw, so that nothing lies below it.
    if (cid.flaw !== undefined) return
    const i = this.#markLive(index, cid)
    if (isLeafCodec(cid.codec)) return
    if (i < 0) {
      this.#doubt(
        String(cid),
        'it is not here; fetch it with `ipfs-kit pin add`, or unpin its root'
      )
      return
    }
    const reached = this.#reached.get(cid.codec)
    if (reached === undefined) this.#follow(index, cid, EMPTY)
    else if (reached.set(i)) this.#open.push(cid)
  }

  #doubt(cid: string, reason: string): void {
    if (this.#doubts.length < MAX_DOUBTS) this.#doubts.push({ cid, reason })
  }

  /**
   * Reads and verifies a node. A damaged one ends the collection, because the blocks it linked to
   * are unknown and could be removed wrongly.
   * @throws INTEGRITY.
   */
  #readVerified(cid: Cid, record: BlockRecord): Uint8Array {
    try {
      const block = this.#store.reader.readUnchecked(record)
      verifyBlock(cid, block)
      return block
    } catch (error) {
      throw new KitError(
        'INTEGRITY',
        `the stored node ${cid} is damaged, so what it leads to is unknown and nothing was collected; run \`ipfs-kit fsck --read-data --repair\` and add it again`,
        { cause: error }
      )
    }
  }

  /** Marks one block live. @returns its position in the index, −1 if it is not stored. */
  #markLive(index: SegmentSet, cid: Cid): number {
    const i = cid.isIdentity ? -1 : index.indexOf(cid.key)
    if (i < 0 || !this.#live.set(i)) return i
    const { whole } = index.read(i)
    if (whole !== 0) this.#wholes.add(whole)
    return i
  }
}
