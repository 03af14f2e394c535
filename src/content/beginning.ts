/** Keeps the first bytes of a stream that is read, which tell the type of a file. */
import { EMPTY } from '../core/bytes.js'

/** Bytes that tell the type of a file. */
export const HEAD = 4096

/** A stream whose first bytes are kept. */
export class Beginning implements AsyncIterable<Uint8Array> {
  head: Uint8Array = EMPTY
  readonly #stream: AsyncIterable<Uint8Array>

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#stream = stream
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const bytes of this.#stream) {
      const room = HEAD - this.head.length
      if (room > 0) this.head = Buffer.concat([this.head, bytes.subarray(0, room)])
      yield bytes
    }
  }
}
