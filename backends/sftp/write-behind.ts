/** Writes a file with several requests under way. */
import { tellProgress } from '../call-time.js'
import type { FileContent } from '../facets/named-files.js'
import { abortion } from '../../src/core/abort.js'
import type { Handle, Session } from './session.js'

/** Bytes that are sent and not yet acknowledged, at most. */
const WINDOW = 2 << 20

/**
 * Writes content from its beginning to its end.
 * @returns the number of bytes.
 */
export async function writeBehind(
  session: Session,
  handle: Handle,
  content: FileContent,
  signal: AbortSignal
): Promise<number> {
  const writer = new Writer(session, handle, signal)
  const { aborted, end } = abortion(signal)
  const pieces = inPieces(content, session.pieceSize)[Symbol.asyncIterator]()
  try {
    for (;;) {
      // Content that stands still must not hold up the end of the call.
      const next = await Promise.race([pieces.next(), aborted])
      if (next.done === true) break
      await writer.write(next.value)
    }
    await writer.drain()
    return writer.position
  } finally {
    end()
    void pieces.return?.(undefined).catch(() => undefined)
  }
}

class Writer {
  position = 0
  readonly #session: Session
  readonly #handle: Handle
  readonly #signal: AbortSignal
  readonly #maxRequests: number
  readonly #sent: Promise<void>[] = []

  constructor(session: Session, handle: Handle, signal: AbortSignal) {
    this.#session = session
    this.#handle = handle
    this.#signal = signal
    this.#maxRequests = Math.ceil(WINDOW / session.pieceSize)
  }

  async write(piece: Buffer): Promise<void> {
    const sent = this.#session.write(this.#handle, piece, this.position, this.#signal)
    sent.catch(() => undefined)
    this.#sent.push(sent)
    this.position += piece.length
    if (this.#sent.length >= this.#maxRequests) await this.#acknowledged()
  }

  async drain(): Promise<void> {
    while (this.#sent.length > 0) await this.#acknowledged()
  }

  /** On a slow line, all that is under way takes longer than a call may: each piece has that time. */
  async #acknowledged(): Promise<void> {
    await this.#sent.shift()
    tellProgress(this.#signal)
  }
}

/** Gives content in pieces of one size: small ones are joined, and large ones are cut. */
async function* inPieces(content: FileContent, size: number): AsyncGenerator<Buffer> {
  let held: Buffer[] = []
  let length = 0
  for await (const given of content()) {
    let rest = Buffer.from(given.buffer, given.byteOffset, given.length)
    while (length + rest.length >= size) {
      const taken = rest.subarray(0, size - length)
      rest = rest.subarray(taken.length)
      yield length === 0 ? taken : Buffer.concat([...held, taken])
      held = []
      length = 0
    }
    if (rest.length === 0) continue
    // Its owner may use the memory again.
    held.push(Buffer.from(rest))
    length += rest.length
  }
  if (length > 0) yield Buffer.concat(held)
}
