/**
 * Cuts bytes into lines, at the byte 10 alone. Node's readline takes more for the end of a line, of late U+2028
 * and U+2029, too, which are characters of a line of JSON like any other.
 */

/** A line is longer than was said. */
export const TOO_LONG = Symbol('a line that is too long')

/** Keeps the beginning of a line until its end comes. */
export class LineSplitter {
  readonly #limit: number
  #pieces: Buffer[] = []
  #length = 0

  /** @param limit bytes of the longest line. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Yields the lines that end in a piece, without their ends; TOO_LONG, and nothing behind it, for one above the limit. */
  *take(piece: Buffer): Generator<string | typeof TOO_LONG, void, undefined> {
    let at = 0
    for (let end = piece.indexOf(10); end >= 0; end = piece.indexOf(10, at)) {
      if (!this.#keep(piece.subarray(at, end))) return yield TOO_LONG
      at = end + 1
      yield this.rest()
    }
    if (!this.#keep(piece.subarray(at))) yield TOO_LONG
  }

  #keep(part: Buffer): boolean {
    this.#length += part.length
    if (this.#length > this.#limit) return false
    if (part.length > 0) this.#pieces.push(part)
    return true
  }

  /** Returns what has no end yet, and forgets it. */
  rest(): string {
    const text = this.#pieces.length === 1 ? this.#pieces[0]!.toString() : Buffer.concat(this.#pieces).toString() // prettier-ignore
    this.#pieces = []
    this.#length = 0
    return text
  }
}

/**
 * Yields the lines of a text, the last one also where nothing ends it. A carriage return ends a line, too, as programs for
 * tables take it. Ends before a line above the limit.
 */
export async function* linesOf(
  pieces: AsyncIterable<Buffer>,
  limit: number
): AsyncGenerator<string, void, undefined> {
  const splitter = new LineSplitter(limit)
  for await (const piece of pieces)
    for (const line of splitter.take(piece)) {
      if (line === TOO_LONG) return
      yield* withoutReturns(line)
    }
  const rest = splitter.rest()
  if (rest !== '') yield* withoutReturns(rest)
}

const withoutReturns = (line: string): string[] => line.replace(/\r$/, '').split('\r')
