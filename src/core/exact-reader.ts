import { KitError } from './errors.js'
import { giveBack } from './piece-memory.js'

const tooFew = (): KitError =>
  new KitError('BACKEND_UNAVAILABLE', 'the stream of a file ends before the file does')

/** A stream of pieces that is read in other lengths. Memory of pieces that was copied is given back. */
export class ExactReader {
  readonly #pieces: AsyncIterator<Uint8Array>
  #rest: Uint8Array = new Uint8Array(0)

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#pieces = bytes[Symbol.asyncIterator]()
  }

  /** Fills a buffer with the next bytes. @throws BACKEND_UNAVAILABLE if there are too few. */
  async fill(whole: Uint8Array): Promise<void> {
    for (let done = 0; done < whole.length;) {
      if (this.#rest.length === 0) {
        const next = await this.#pieces.next()
        if (next.done === true) throw tooFew()
        this.#rest = next.value
      }
      const part = this.#rest.subarray(0, whole.length - done)
      whole.set(part, done)
      giveBack(part)
      done += part.length
      this.#rest = this.#rest.subarray(part.length)
    }
  }

  /** Returns the next bytes, valid until the next call. They are copied only if in several pieces. */
  async take(length: number): Promise<Uint8Array> {
    if (this.#rest.length < length) {
      const whole = Buffer.allocUnsafe(length)
      await this.fill(whole)
      return whole
    }
    const part = this.#rest.subarray(0, length)
    this.#rest = this.#rest.subarray(length)
    return part
  }

  /** Copies out the next bytes, which stay the next ones. @throws BACKEND_UNAVAILABLE as `fill`. */
  async peek(length: number): Promise<Buffer> {
    if (this.#rest.length >= length) return Buffer.from(this.#rest.subarray(0, length))
    const head = Buffer.allocUnsafe(length)
    await this.fill(head)
    this.putBack(Buffer.from(head))
    return head
  }

  /** Yields the next bytes as they come, without a copy. @throws BACKEND_UNAVAILABLE as `fill`. */
  async *parts(length: number): AsyncGenerator<Uint8Array, void, undefined> {
    for (let left = length; left > 0;) {
      if (await this.isOver()) throw tooFew()
      const part = this.#rest.subarray(0, left)
      this.#rest = this.#rest.subarray(part.length)
      left -= part.length
      yield part
    }
  }

  /** Passes over the next bytes. @throws BACKEND_UNAVAILABLE as `fill`. */
  async skip(length: number): Promise<void> {
    for (let left = length; left > 0;) {
      if (await this.isOver()) throw tooFew()
      const passed = this.#rest.subarray(0, left)
      giveBack(passed)
      this.#rest = this.#rest.subarray(passed.length)
      left -= passed.length
    }
  }

  /** Returns whether the stream has ended; waits for its next piece to know. */
  async isOver(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const next = await this.#pieces.next()
      if (next.done === true) return true
      this.#rest = next.value
    }
    return false
  }

  /** Puts bytes back in front of the stream. They must not change until they are read again. */
  putBack(bytes: Uint8Array): void {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([bytes, this.#rest])
  }

  async close(): Promise<void> {
    await this.#pieces.return?.()
  }
}
