/** Copies into the store what a pin shall keep, since the cache may evict its own copy any time. */
import { DagWalk } from '../content/dag-walk.js'
import { describeBlock } from '../formats/describe-block.js'
import type { Cid } from '../core/cid.js'
import { isKitError, KitError } from '../core/errors.js'
import { Turns } from '../core/turns.js'
import { isLeafCodec, linksOf } from '../formats/links.js'
import type { BlockSink } from '../store/ports.js'
import type { ContentView } from './content-view.js'
import type { Run } from './run.js'
import { Warming } from './warming.js'

export class StoreCopy {
  readonly #run: Run
  readonly #source: ContentView
  readonly #sink: BlockSink
  #hasWarmed = false

  constructor(source: ContentView, sink: BlockSink, run: Run) {
    this.#run = run
    this.#source = source
    this.#sink = sink
  }

  /**
   * Copies the root's block into the store.
   * @param all also copies everything below it.
   * @throws BLOCK_NOT_FOUND naming what to do, UNSUPPORTED for a block whose links cannot be read.
   */
  async copy(root: Cid, all: boolean): Promise<void> {
    const way = new DagWalk([root])
    const turns = new Turns(this.#run.signal)
    for (let next = way.next(); next !== undefined; next = way.next()) {
      if (turns.isDue) await turns.take()
      const { cid } = next
      // What leads nowhere need not be read where the store has it.
      if (isLeafCodec(cid.codec) && this.#sink.has(cid)) {
        if (all) way.enter(cid, [])
        continue
      }
      const block = await this.#blockOf(cid, root, all)
      if (!this.#sink.has(cid)) this.#sink.put(cid, block, describeBlock(cid.codec, block))
      if (all) way.enter(cid, this.#linksOf(cid, block))
    }
  }

  /** Returns all links of a block, so that a pin never keeps less than it says. @throws UNSUPPORTED. */
  #linksOf(cid: Cid, block: Uint8Array): readonly Cid[] {
    const links = linksOf(cid, block)
    if (links.answer !== 'unknown') return links.cids
    throw new KitError(
      'UNSUPPORTED',
      `what block ${cid} leads to is unknown, so it cannot be kept: ${links.reason}; pin with --direct to keep this block alone`
    )
  }

  async #blockOf(cid: Cid, root: Cid, all: boolean): Promise<Uint8Array> {
    const { content } = this.#source
    if (all && !this.#hasWarmed && !cid.isIdentity && this.#source.tierOf(cid) === undefined)
      await this.#warm(root)
    try {
      return await this.#source.whenReady(() => content.blocks.get(cid))
    } catch (error) {
      if (!isKitError(error, 'BLOCK_NOT_FOUND')) throw error
      throw new KitError(
        'BLOCK_NOT_FOUND',
        `block ${cid} below ${root} is not here, so it cannot be kept; import it, add a backend that has it, or pin with --direct`,
        { cause: error }
      )
    }
  }

  /**
   * Fetches the whole DAG once, which is much faster than block by block. A failure is not reported
   * here, because the single block that is still missing names itself.
   */
  async #warm(root: Cid): Promise<void> {
    this.#hasWarmed = true
    const { progress } = this.#run
    try {
      await new Warming(this.#source, this.#run, (bytes) => progress({ what: 'fetching', bytes })).fetchAll(root) // prettier-ignore
    } catch (error) {
      if (!isKitError(error) || isKitError(error, 'ABORTED')) throw error
    }
  }
}
