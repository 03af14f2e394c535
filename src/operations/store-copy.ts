/** Copies into the store what a pin shall keep, since the cache may evict its own copy any time. */
import { setImmediate as turn } from 'node:timers/promises'
import { describeBlock } from '../formats/describe-block.js'
import { readableLinks } from '../content/walk.js'
import type { Cid } from '../core/cid.js'
import { isKitError, KitError } from '../core/errors.js'
import { KeySet } from '../core/key-set.js'
import type { BlockSink } from '../store/ports.js'
import type { ContentView } from './content-view.js'
import { throwIfAborted, type Run } from './run.js'
import { Warming } from './warming.js'

/** Blocks copied before signals and other work get their turn. */
const BLOCKS_PER_TURN = 256

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
   * @throws BLOCK_NOT_FOUND naming what to do.
   */
  async copy(root: Cid, all: boolean): Promise<void> {
    const seen = new KeySet()
    const open = [root]
    let blocks = 0
    for (let cid = open.pop(); cid !== undefined; cid = open.pop()) {
      throwIfAborted(this.#run)
      if (!seen.add(cid.key)) continue
      // Signal handlers run only between turns of the event loop.
      if (++blocks % BLOCKS_PER_TURN === 0) await turn()
      const block = await this.#blockOf(cid, root, all)
      if (!this.#sink.has(cid)) this.#sink.put(cid, block, describeBlock(cid.codec, block))
      if (all) open.push(...readableLinks(cid, block).reverse())
    }
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
