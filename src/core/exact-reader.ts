import { KitError } from './errors.js'

/** A stream of pieces that is read in other lengths. */
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
        if (next.done === true)
          throw new KitError(
            'BACKEND_UNAVAILABLE',
            'the stream of a file ends before the file does'
          )
        this.#rest = next.value
      }
      const part = this.#rest.subarray(0, whole.length - done)
      whole.set(part, done)
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
