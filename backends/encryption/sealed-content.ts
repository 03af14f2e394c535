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
  const tags: Buffer[] = []
  return async function* () {
    // The memory of a piece may be used for something else by its receiver.
    yield Buffer.from(head)
    let number = 0
    for await (const chunk of sealed(key, content())) {
      const tag = Buffer.from(chunk.subarray(chunk.length - TAG))
      const known = tags[number]
      if (known === undefined) tags.push(tag)
      else if (!known.equals(tag)) throw changed()
      number++
      yield chunk
    }
  }
}

const changed = (): KitError =>
  new KitError('INTEGRITY', 'the content changed while it was sent; try again')
