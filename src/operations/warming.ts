/** Fetches whole DAGs of files and folders by reading them from end to end. */
import { setImmediate as turn } from 'node:timers/promises'
import type { Cid } from '../core/cid.js'
import { KeySet } from '../core/key-set.js'
import type { ContentView } from './content-view.js'
import { throwIfAborted, type Run } from './run.js'

/** Bytes of one read. */
const MAX_READ = 4 << 20

/** Fetches the DAGs of one request. A DAG that several roots share is visited once. */
export class Warming {
  readonly #view: ContentView
  readonly #run: Run
  /** Receives the bytes that are here now, since the last call. */
  readonly #onBytes: (bytes: number) => void
  readonly #seen = new KeySet()
  files = 0
  bytes = 0

  constructor(view: ContentView, run: Run, onBytes: (bytes: number) => void) {
    this.#view = view
    this.#run = run
    this.#onBytes = onBytes
  }

  /** Fetches everything below a root that was not visited before. */
  async fetchAll(root: Cid): Promise<void> {
    const { content } = this.#view
    const open = [root]
    for (let cid = open.pop(); cid !== undefined; cid = open.pop()) {
      throwIfAborted(this.#run)
      if (!this.#seen.add(cid.key)) continue
      // A constant, because narrowing does not reach closures over a variable.
      const wanted = cid
      const { type, size } = await this.#view.whenReady(() => content.stat(wanted))
      if (type === 'directory') {
        const listing = await this.#view.whenReady(() => content.directory(wanted))
        for (let i = listing.count - 1; i >= 0; i--) open.push(listing.cid(i))
      } else {
        this.files++
        await this.#file(cid, size)
      }
      await turn()
    }
  }

  async #file(cid: Cid, size: number): Promise<void> {
    const { content } = this.#view
    const buffer = Buffer.allocUnsafe(Math.min(MAX_READ, Math.max(1, size)))
    for (let position = 0; position < size; position += buffer.length) {
      const at = position
      const n = await this.#view.whenReady(() => content.read(cid, at, buffer, 0, buffer.length))
      this.#onBytes(n)
      this.bytes += n
      throwIfAborted(this.#run)
    }
  }
}
