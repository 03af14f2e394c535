/** What content that is not here needs before it can be read: the one door to fetching. */
import type { ContentWant } from '../core/not-ready.js'
import type { DirectoryFetcher } from './directory-fetcher.js'
import type { Fetcher } from './fetcher.js'
import type { FileFetcher } from './file-fetcher.js'

export class Retriever {
  readonly fetcher: Fetcher
  readonly #files: FileFetcher
  readonly #directories: DirectoryFetcher

  constructor(fetcher: Fetcher, files: FileFetcher, directories: DirectoryFetcher) {
    this.fetcher = fetcher
    this.#files = files
    this.#directories = directories
  }

  /**
   * Have here what is needed.
   * @throws BLOCK_NOT_FOUND when nobody has it, what the backends throw when that is not known.
   */
  async retrieve(want: ContentWant, signal: AbortSignal): Promise<void> {
    const { cid } = want
    if (want.type === 'range') await this.#files.ensure(cid, want.position, want.length, signal)
    else if (want.type === 'table') await this.#directories.shards(cid, signal)
    else {
      const { directory, name, place } = want
      const entry = name ?? place
      if (directory !== undefined && entry !== undefined)
        this.#directories.noticed(directory, entry)
      await this.fetcher.need(cid, signal)
    }
  }
}
