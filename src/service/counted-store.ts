/**
 * The figures of the store that an engine owns. The bytes of its files are counted in the background,
 * again after each change of the store.
 */
import { countFileBytes, storeFigures, type StoreFigures } from '../store/figures.js'
import type { BlockStore } from '../store/block-store.js'
import type { Log } from '../core/log.js'

export class CountedStore {
  readonly #store: Pick<BlockStore, 'layout' | 'reader' | 'pins'>
  readonly #log: Log
  #fileBytes: number | undefined
  /** The generation of the manifest that was counted last. */
  #counted = -1
  #counting: Promise<void> | undefined

  constructor(store: Pick<BlockStore, 'layout' | 'reader' | 'pins'>, log: Log) {
    this.#store = store
    this.#log = log
  }

  /** Returns the figures, and has the files counted where the store has changed. */
  figures(): StoreFigures {
    void this.refresh()
    const { layout, reader, pins } = this.#store
    return storeFigures(layout, reader.manifest, pins.pins.size, this.#fileBytes)
  }

  /** Resolves when the files are counted. */
  refresh(): Promise<void> {
    const { generation } = this.#store.reader.manifest
    if (generation === this.#counted) return Promise.resolve()
    this.#counting ??= this.#count(generation).finally(() => (this.#counting = undefined))
    return this.#counting
  }

  async #count(generation: number): Promise<void> {
    try {
      this.#fileBytes = await countFileBytes(this.#store.layout)
      this.#counted = generation
    } catch (error) {
      this.#log.error('the files of the store cannot be counted', error)
    }
  }
}
