/** Having all of a file or folder here: read from end to end, which fetches what is missing. */
import { setImmediate as turn } from 'node:timers/promises'
import type { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { KeySet } from '../core/key-set.js'
import type { Context, ContentView } from './context.js'
import type { Progress } from './progress.js'

const STEP = 4 << 20

export class Warming {
  readonly #context: Context
  readonly #reading: ContentView
  readonly #progress: Progress
  readonly #seen = new KeySet()
  files = 0
  bytes = 0

  constructor(context: Context, reading: ContentView, progress: Progress) {
    this.#context = context
    this.#reading = reading
    this.#progress = progress
  }

  /** Have here all that a root leads to. */
  async all(root: Cid): Promise<void> {
    const open = [root]
    for (let cid = open.pop(); cid !== undefined; cid = open.pop()) {
      if (this.#context.signal.aborted) throw new KitError('ABORTED', 'interrupted; what was fetched stays') // prettier-ignore
      if (!this.#seen.add(cid.key)) continue
      const { content } = this.#reading
      const wanted = cid
      const { type, size } = await this.#reading.fetched(() => content.stat(wanted))
      if (type === 'directory') {
        const listing = await this.#reading.fetched(() => content.directory(wanted))
        for (let i = listing.count - 1; i >= 0; i--) open.push(listing.cid(i))
      } else {
        this.files++
        await this.#file(cid, size)
      }
      await turn()
    }
  }

  async #file(cid: Cid, size: number): Promise<void> {
    const { content } = this.#reading
    const buffer = Buffer.allocUnsafe(Math.min(STEP, Math.max(1, size)))
    for (let position = 0; position < size; position += buffer.length) {
      const at = position
      const n = await this.#reading.fetched(() => content.read(cid, at, buffer, 0, buffer.length))
      this.#progress.add(n)
      this.bytes += n
      if (this.#context.signal.aborted) throw new KitError('ABORTED', 'interrupted; what was fetched stays') // prettier-ignore
    }
  }
}
