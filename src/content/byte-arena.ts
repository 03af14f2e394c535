/**
 * A heap of byte strings in pieces. Growth adds a piece instead of copying, so that the names of a
 * million entries take their own size and no more.
 */
const PIECE = 1 << 20
const FIRST = 1024

export class ByteArena {
  readonly #pieces: Uint8Array[] = [new Uint8Array(FIRST)]
  /** Number of bytes used in the last piece. */
  #used = 0

  /** Appends a string of at most one piece, without splitting it. @returns its offset. */
  append(part: Uint8Array): number {
    let last = this.#pieces.at(-1)!
    if (this.#used + part.length > last.length) last = this.#makeRoom(last, part.length)
    const at = (this.#pieces.length - 1) * PIECE + this.#used
    last.set(part, this.#used)
    this.#used += part.length
    return at
  }

  /** Grows the first piece, since most directories are small, or adds another. */
  #makeRoom(last: Uint8Array, length: number): Uint8Array {
    const fits = this.#used + length <= PIECE
    const piece = new Uint8Array(
      fits ? Math.min(PIECE, Math.max(last.length * 2, this.#used + length)) : PIECE
    )
    if (fits) {
      piece.set(last.subarray(0, this.#used))
      this.#pieces.pop()
    } else {
      this.#fill(last)
      this.#used = 0
    }
    this.#pieces.push(piece)
    return piece
  }

  /** Extends a finished piece to its full length, on which the offsets after it rely. */
  #fill(last: Uint8Array): void {
    if (last.length === PIECE) return
    const whole = new Uint8Array(PIECE)
    whole.set(last)
    this.#pieces[this.#pieces.length - 1] = whole
  }

  get(at: number, length: number): Uint8Array {
    const from = at % PIECE
    return this.#pieces[Math.floor(at / PIECE)]!.subarray(from, from + length)
  }

  get length(): number {
    return (this.#pieces.length - 1) * PIECE + this.#used
  }

  /** Returns the content in pieces, which concatenated match the offsets. */
  parts(): Uint8Array[] {
    return [...this.#pieces.slice(0, -1), this.#pieces.at(-1)!.subarray(0, this.#used)]
  }
}
