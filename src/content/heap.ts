/**
 * Byte strings kept one behind the other, in pieces: what is there is never copied when more
 * comes, so that the names of a million entries need their own room and no more.
 */
const PIECE = 1 << 20
const FIRST = 1024

export class Heap {
  readonly #pieces: Uint8Array[] = [new Uint8Array(FIRST)]
  /** Bytes used of the last piece. */
  #used = 0

  /** Keep a string of at most one piece; none lies on the border of two. @returns its place. */
  append(part: Uint8Array): number {
    let last = this.#pieces.at(-1)!
    if (this.#used + part.length > last.length) last = this.#makeRoom(last, part.length)
    const at = (this.#pieces.length - 1) * PIECE + this.#used
    last.set(part, this.#used)
    this.#used += part.length
    return at
  }

  /** Only the first piece grows: most directories are small. */
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

  /** A piece that is left has its whole length, or the places behind it would be wrong. */
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

  /** All of it, in pieces one behind the other. */
  parts(): Uint8Array[] {
    return [...this.#pieces.slice(0, -1), this.#pieces.at(-1)!.subarray(0, this.#used)]
  }
}
