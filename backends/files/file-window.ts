/** A file through one buffer: parts that lie close together cost one ranged read. */
import type { CallOptions } from '../facets/call.js'
import type { FileReader } from '../facets/named-files.js'
import { readRange } from './read-range.js'

/** Bytes that are read at a time where much of the file is wanted. */
export const LARGE_WINDOW = 256 * 1024

export class FileWindow {
  readonly #files: FileReader
  readonly #name: string
  readonly #options: CallOptions
  readonly #window: number
  #from = 0
  #bytes: Uint8Array = new Uint8Array(0)

  /** @param window bytes that are read at least. */
  constructor(files: FileReader, name: string, window: number, options: CallOptions) {
    this.#files = files
    this.#name = name
    this.#window = window
    this.#options = options
  }

  /**
   * Gives `length` bytes from `offset` on, or all that are left. They are good for as long as the
   * window is kept.
   */
  async bytes(offset: number, length: number): Promise<Uint8Array> {
    if (offset < this.#from || offset + length > this.#from + this.#bytes.length) {
      const wanted = Math.max(this.#window, length)
      const range = { position: offset, length: wanted }
      this.#bytes = await readRange(this.#files, this.#name, range, wanted, this.#options)
      this.#from = offset
    }
    return this.#bytes.subarray(offset - this.#from, offset - this.#from + length)
  }
}
