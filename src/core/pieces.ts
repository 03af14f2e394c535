/** Gathers small parts of a stream into large pieces, since each piece costs its reader a call. */
import { lend, takeMemory } from './piece-memory.js'

/** Four blocks of 256 KiB fit in with what precedes them in an archive, or one of 1 MiB. */
const PIECE_BYTES = (1 << 20) + 1024

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
      const buffer = (this.#buffer ??= this.#memory(1))
      const room = Math.min(buffer.length - this.#used, part.length - at)
      buffer.set(part.subarray(at, at + room), this.#used)
      this.#took(room)
      at += room
      if (this.#used === buffer.length) yield* this.rest()
    }
  }

  /**
   * Adds so many bytes, which `write` puts into memory of a piece and nowhere else before.
   * Yields the piece that has no room for them.
   */
  *place(
    length: number,
    write: (room: Uint8Array) => void
  ): Generator<Uint8Array, void, undefined> {
    if (this.#buffer !== undefined && this.#buffer.length - this.#used < length) yield* this.rest()
    const buffer = (this.#buffer ??= this.#memory(length))
    write(buffer.subarray(this.#used, this.#used + length))
    this.#took(length)
    if (this.#used === buffer.length) yield* this.rest()
  }

  /** A new buffer for each piece, because the reader may keep the last one. */
  #memory(least: number): Buffer {
    const length = this.#left > 0 ? Math.min(PIECE_BYTES, this.#left) : PIECE_BYTES
    return takeMemory(Math.max(least, length))
  }

  #took(length: number): void {
    this.#used += length
    this.#left -= length
  }

  /** Yields what no piece was filled with yet. */
  *rest(): Generator<Uint8Array, void, undefined> {
    const buffer = this.#buffer
    if (buffer === undefined) return
    const piece = buffer.subarray(0, this.#used)
    this.#buffer = undefined
    this.#used = 0
    lend(buffer, piece.length)
    yield piece
  }
}
