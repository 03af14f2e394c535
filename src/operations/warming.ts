/** Fetches whole DAGs of files and folders by reading them from end to end. */
import { setImmediate as turn } from 'node:timers/promises'
import { below } from '../content/walk.js'
import type { Cid } from '../core/cid.js'
import { isDamage, type KitError } from '../core/errors.js'
import { KeySet } from '../core/key-set.js'
import { inTurns } from '../core/turns.js'
import { Kind } from '../formats/block-kind.js'
import { linksOf } from '../formats/links.js'
import type { ContentView } from './content-view.js'
import { throwIfAborted, type Run } from './run.js'

/** Bytes of one read. */
const MAX_READ = 1 << 20
/**
 * Bytes read of a file before the first look whether the rest is here: a small DAG may claim to be a
 * file without end, of which each block is needed once.
 */
const FIRST_LOOK = 64 << 20

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

  /**
   * Fetches everything below a root that was not visited before. What is damaged keeps nothing beside
   * it from being fetched. @throws the first error of damage at the end; any other at once.
   */
  async fetchAll(root: Cid): Promise<void> {
    const open = [root]
    let damage: KitError | undefined
    for (let cid = open.pop(); cid !== undefined; cid = open.pop()) {
      throwIfAborted(this.#run)
      if (!this.#seen.add(cid.key)) continue
      try {
        await this.#node(cid, open)
      } catch (error) {
        if (!isDamage(error)) throw error
        damage ??= error
      }
      await turn()
    }
    if (damage !== undefined) throw damage
  }

  /** Fetches a file, or a node whose links are then open. */
  async #node(cid: Cid, open: Cid[]): Promise<void> {
    const { content } = this.#view
    const { type, kind, size } = await this.#view.whenReady(() => content.stat(cid))
    if (type === 'directory') {
      const listing = await this.#view.whenReady(() => content.directory(cid))
      for (let i = listing.count - 1; i >= 0; i--) open.push(listing.cid(i))
      return
    }
    this.files++
    await this.#file(cid, size)
    if (kind !== Kind.OPAQUE) return
    const { cids } = linksOf(cid, await this.#view.whenReady(() => content.blocks.get(cid)))
    for (let i = cids.length - 1; i >= 0; i--) open.push(cids[i]!)
  }

  /** Reads a file from end to end, which fetches it as fast as can be, until nothing is missing. */
  async #file(cid: Cid, size: number): Promise<void> {
    const { content } = this.#view
    const buffer = Buffer.allocUnsafe(Math.min(MAX_READ, Math.max(1, size)))
    let look = 0
    for (let position = 0; position < size; position += buffer.length) {
      const at = position
      if (at >= look) {
        if (await this.#isWhole(cid)) break
        // The looks become rarer, so that together they cost no more than the reading.
        look = Math.max(FIRST_LOOK, at * 4)
      }
      const n = await this.#view.whenReady(() => content.read(cid, at, buffer, 0, buffer.length))
      this.#onBytes(n)
      throwIfAborted(this.#run)
    }
    this.bytes += size
  }

  /** Returns whether no block of a DAG is missing here. */
  async #isWhole(root: Cid): Promise<boolean> {
    for await (const { isMissing } of inTurns(below([root], this.#view.content), this.#run.signal))
      if (isMissing) return false
    return true
  }
}
