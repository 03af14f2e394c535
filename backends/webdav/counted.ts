import type { FileContent } from '../facets/named-files.js'

/** Content whose bytes are counted, whenever it begins. */
export class Counted {
  bytes = 0
  /** Whether all of it was taken. */
  isWhole = false
  readonly begin: FileContent

  constructor(content: FileContent) {
    this.begin = async function* (this: Counted): AsyncIterable<Uint8Array> {
      this.bytes = 0
      this.isWhole = false
      for await (const piece of content()) {
        this.bytes += piece.length
        yield piece
      }
      this.isWhole = true
    }.bind(this)
  }
}
