/** `pin add`: keep a root. What is not in the store is taken over from the cache, or fetched. */
import { setImmediate as turn } from 'node:timers/promises'
import { describeBlock } from '../../formats/describe-block.js'
import { readableLinks } from '../../content/walk.js'
import type { Cid } from '../../core/cid.js'
import { isKitError, KitError } from '../../core/errors.js'
import { KeySet } from '../../core/key-set.js'
import { readPins, type Pin } from '../../store/pins.js'
import type { BlockSink } from '../../store/ports.js'
import { flagOf, valueOf, type Context, type ContentView } from '../context.js'
import { upstreamOptions } from '../remote.js'
import { findTarget } from '../target.js'
import { Warming } from '../warming.js'
import { newPin, writing } from '../writing.js'

export async function run(context: Context): Promise<void> {
  const type = flagOf(context, 'direct') ? 'direct' : 'recursive'
  const source = context.services.openReading(context.home, upstreamOptions(context))
  try {
    // As a writer, so that gc cannot take the blocks between the check and the pin.
    const pins = await writing(context, async (session, reading) => {
      const known = readPins(reading.reader.layout.pins)
      const result: Pin[] = []
      for (const text of context.args) {
        const { cid } = await source.fetched(() => findTarget(text, source))
        if (type === 'direct' && known.get(String(cid))?.type === 'recursive')
          throw new KitError(
            'EXISTS',
            `${cid} is pinned recursively, which keeps more; unpin it first`
          )
        await new Keeping(context, source, session).keep(cid, type === 'recursive')
        const name = valueOf(context, 'name') ?? known.get(String(cid))?.name ?? ''
        result.push(newPin(String(cid), type, name))
      }
      return { result, pins: result }
    })
    if (context.json) context.answer({ pins: pins.map(({ cid, name }) => ({ cid, name, type })) })
    else for (const { cid } of pins) context.print(context.quiet ? cid : `pinned ${cid} (${type})`)
  } finally {
    await source.close()
  }
}

/** Blocks after which others have their turn. */
const EACH_TURN = 256

/** Puts into the store what a pin is to keep: a pin on what only the cache has would keep nothing. */
class Keeping {
  readonly #context: Context
  readonly #source: ContentView
  readonly #sink: BlockSink
  #warmed = false

  constructor(context: Context, source: ContentView, sink: BlockSink) {
    this.#context = context
    this.#source = source
    this.#sink = sink
  }

  /** @param all whether what is below it is kept too. */
  async keep(root: Cid, all: boolean): Promise<void> {
    const seen = new KeySet()
    const open = [root]
    let blocks = 0
    for (let cid = open.pop(); cid !== undefined; cid = open.pop()) {
      if (this.#context.signal.aborted) throw new KitError('ABORTED', 'interrupted; nothing is pinned') // prettier-ignore
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
      return await this.#source.fetched(() => content.blocks.get(cid))
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
    const progress = this.#context.progress('fetching')
    try {
      await new Warming(this.#context, this.#source, progress).all(root)
    } catch (error) {
      if (!isKitError(error) || isKitError(error, 'ABORTED')) throw error
    } finally {
      progress.end()
    }
  }
}
