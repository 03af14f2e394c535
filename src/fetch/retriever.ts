/** The one entrance to fetching: brings what a read turned out to need. */
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
   * Fetches what is wanted.
   * @throws BLOCK_NOT_FOUND when no backend has it; what the backends throw when that is not known.
   */
  async retrieve(want: ContentWant, signal: AbortSignal): Promise<void> {
    const { cid } = want
    if (want.type === 'range') await this.#files.ensure(cid, want.position, want.length, signal)
    else if (want.type === 'table') await this.#directories.fetchShards(cid, signal)
    else {
      const { directory, name, place } = want
      const entry = name ?? place
      if (directory !== undefined && entry !== undefined)
        this.#directories.noticeEntry(directory, entry)
      await this.fetcher.need(cid, signal)
    }
  }
}
