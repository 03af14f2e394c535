/** Putting into the store what a pin is to keep: a pin on what only the cache has would keep nothing. */
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

/** Blocks after which others have their turn. */
const EACH_TURN = 256

export class Keeping {
  readonly #run: Run
  readonly #source: ContentView
  readonly #sink: BlockSink
  #warmed = false

  constructor(source: ContentView, sink: BlockSink, run: Run) {
    this.#run = run
    this.#source = source
    this.#sink = sink
  }

  /** @param all whether what is below it is kept too. */
  async keep(root: Cid, all: boolean): Promise<void> {
    const seen = new KeySet()
    const open = [root]
    let blocks = 0
    for (let cid = open.pop(); cid !== undefined; cid = open.pop()) {
      throwIfAborted(this.#run)
      if (!seen.add(cid.key)) continue
      // Signals are heard between turns only.
      if (++blocks % EACH_TURN === 0) await turn()
      const block = await this.#blockOf(cid, root, all)
      if (!this.#sink.has(cid)) this.#sink.put(cid, block, describeBlock(cid.codec, block))
      if (all) open.push(...readableLinks(cid, block).reverse())
    }
  }

  async #blockOf(cid: Cid, root: Cid, all: boolean): Promise<Uint8Array> {
    const { content } = this.#source
    if (all && !this.#warmed && !cid.isIdentity && this.#source.tierOf(cid) === undefined)
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

  /** Once, all together: block by block it would take much longer. What fails is told block by block. */
  async #warm(root: Cid): Promise<void> {
    this.#warmed = true
    const { progress } = this.#run
    try {
      await new Warming(this.#source, this.#run, (bytes) => progress({ what: 'fetching', bytes })).all(root) // prettier-ignore
    } catch (error) {
      if (!isKitError(error) || isKitError(error, 'ABORTED')) throw error
    }
  }
}
