/** Gathers small parts of a stream into large pieces, since each piece costs its reader a call. */

const PIECE_BYTES = 1 << 20

export class Pieces {
  /** Bytes that are still to come, or more. */
  #left: number
  #buffer: Buffer | undefined
  #used = 0

  /** @param size of the stream in bytes, where it is known: a short one takes no more memory. */
  constructor(size = Number.POSITIVE_INFINITY) {
    this.#left = size
  }

  /** Yields the pieces that a part fills. A piece belongs to the caller. */
  *add(part: Uint8Array): Generator<Uint8Array, void, undefined> {
    for (let at = 0; at < part.length;) {
      // A new buffer for each piece, because the reader may keep the last one.
      this.#buffer ??= Buffer.allocUnsafeSlow(
        this.#left > 0 ? Math.min(PIECE_BYTES, this.#left) : PIECE_BYTES
      )
      const room = Math.min(this.#buffer.length - this.#used, part.length - at)
      this.#buffer.set(part.subarray(at, at + room), this.#used)
      this.#used += room
      at += room
      this.#left -= room
      if (this.#used === this.#buffer.length) yield* this.rest()
    }
  }

  /** Yields what no piece was filled with yet. */
  *rest(): Generator<Uint8Array, void, undefined> {
    const buffer = this.#buffer
    if (buffer === undefined) return
    const piece = buffer.subarray(0, this.#used)
    this.#buffer = undefined
    this.#used = 0
    yield piece
  }
}
