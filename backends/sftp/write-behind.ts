/** Writes a file with several requests under way. */
import { tellProgress } from '../call-time.js'
import type { FileContent } from '../facets/named-files.js'
import { abortion } from '../../src/core/abort.js'
import { giveBack } from '../../src/core/piece-memory.js'
import type { Handle, Session } from './session.js'

/** Bytes that are sent and not yet acknowledged, at most. */
const WINDOW = 2 << 20

interface WriteOptions {
  readonly signal: AbortSignal
  /** Where the content goes in the file, in bytes. */
  readonly from: number
  /** Is told of the bytes that the server has taken in. */
  readonly took: (bytes: number) => void
}

/**
 * Writes content from its beginning to its end.
 * @returns the position after it.
 */
export async function writeBehind(
  session: Session,
  handle: Handle,
  content: FileContent,
  options: WriteOptions
): Promise<number> {
  const { signal } = options
  const writer = new Writer(session, handle, options)
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
  position: number
  readonly #session: Session
  readonly #handle: Handle
  readonly #options: WriteOptions
  readonly #maxRequests: number
  readonly #sent: { readonly length: number; readonly done: Promise<void> }[] = []

  constructor(session: Session, handle: Handle, options: WriteOptions) {
    this.#session = session
    this.#handle = handle
    this.#options = options
    this.position = options.from
    this.#maxRequests = Math.ceil(WINDOW / session.pieceSize)
  }

  async write(piece: Buffer): Promise<void> {
    const done = this.#session.write(this.#handle, piece, this.position, this.#options.signal)
    done.catch(() => undefined)
    this.#sent.push({ length: piece.length, done })
    this.position += piece.length
    if (this.#sent.length >= this.#maxRequests) await this.#acknowledged()
  }

  async drain(): Promise<void> {
    while (this.#sent.length > 0) await this.#acknowledged()
  }

  /** On a slow line, all that is under way takes longer than a call may: each piece has that time. */
  async #acknowledged(): Promise<void> {
    const { length, done } = this.#sent.shift()!
    await done
    tellProgress(this.#options.signal)
    this.#options.took(length)
  }
}

/** A shorter piece is joined with what follows it. */
const SHORT = 64 * 1024

/**
 * Gives content in pieces of up to so many bytes, and takes each back once the next is asked for:
 * long ones are cut evenly, short ones are joined.
 */
async function* inPieces(content: FileContent, size: number): AsyncGenerator<Buffer> {
  const joined = Buffer.allocUnsafeSlow(size)
  let held = 0
  for await (const given of content()) {
    const bytes = Buffer.from(given.buffer, given.byteOffset, given.length)
    let at = 0
    while (at < bytes.length) {
      const rest = bytes.length - at
      if (held === 0 && rest >= SHORT) {
        const length = Math.ceil(rest / Math.ceil(rest / size))
        yield bytes.subarray(at, (at += length))
        continue
      }
      const length = Math.min(rest, size - held)
      bytes.copy(joined, held, at, at + length)
      at += length
      held += length
      if (held < size) break
      yield joined
      held = 0
    }
    giveBack(given)
  }
  if (held > 0) yield joined.subarray(0, held)
}
