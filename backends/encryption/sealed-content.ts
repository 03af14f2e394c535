/** Content as it is sent encrypted: the same bytes however often it is asked for. */
import { KitError } from '../../src/core/errors.js'
import type { FileContent } from '../facets/named-files.js'
import type { FileHead } from './age-key.js'
import { sealed, TAG } from './payload.js'

/**
 * Encrypts a content with one head and key, whether it is sent once, or measured first. Two contents
 * must never go out below one key and number of a chunk, since both could be read then: the tag of each
 * chunk is kept, 16 bytes for 64 KiB, and a chunk of another one is not given out.
 * @throws INTEGRITY where the content is another one when it is asked for again.
 */
export function sealedContent({ head, key }: FileHead, content: FileContent): FileContent {
  const tags = new Tags()
  return async function* () {
    // The memory of a piece may be used for something else by its receiver.
    yield Buffer.from(head)
    let number = 0
    for await (const chunk of sealed(key, content())) {
      if (!tags.isOf(number++, chunk.subarray(chunk.length - TAG))) throw changed()
      yield chunk
    }
  }
}

/** Tags that there is room for at first: those of 4 MiB. */
const FIRST = 64

/** The tags of chunks behind each other, since objects for millions of them would be many times as large. */
class Tags {
  #bytes = Buffer.alloc(FIRST * TAG)
  #count = 0

  /** Whether a chunk has this tag, which is kept where it is the first of its number. */
  isOf(number: number, tag: Uint8Array): boolean {
    const at = number * TAG
    if (number < this.#count) return this.#bytes.subarray(at, at + TAG).equals(tag)
    if (at === this.#bytes.length) {
      const larger = Buffer.alloc(2 * at)
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    this.#bytes.set(tag, at)
    this.#count++
    return true
  }
}

const changed = (): KitError =>
  new KitError('INTEGRITY', 'the content changed while it was sent; try again')
