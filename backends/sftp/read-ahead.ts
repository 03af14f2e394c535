/** Reads a file with several requests under way, and gives its bytes in their order. */
import { lend, takeMemory } from '../../src/core/piece-memory.js'
import { fill } from './read-short.js'
import type { Handle, Session } from './session.js'

/**
 * Bytes that are asked for and not yet given out, at most: as many as the other side may send before
 * it hears from us. More makes servers wait, and is slower.
 */
const WINDOW = 2 << 20
/** Requests at the start: whoever reads little must not cause much to be sent. */
const FIRST_REQUESTS = 2

/** @param end the position after the last byte that is wanted; the file may end before it. */
export async function* readAhead(
  session: Session,
  handle: Handle,
  range: { readonly position: number; readonly end: number },
  signal: AbortSignal
): AsyncIterable<Uint8Array> {
  const { pieceSize } = session
  const asked: Promise<Buffer>[] = []
  let requests = FIRST_REQUESTS
  let next = range.position
  for (;;) {
    while (next < range.end && asked.length < requests) {
      const length = Math.min(pieceSize, range.end - next)
      const piece = readPiece(session, handle, next, length, signal)
      // Nobody waits for it where an earlier one fails.
      piece.catch(() => undefined)
      asked.push(piece)
      next += length
    }
    const first = asked.shift()
    if (first === undefined) return
    const piece = await first
    // Whoever reads on may give it back: no request fills it any more.
    if (piece.length === pieceSize) lend(piece, piece.length)
    if (piece.length > 0) yield piece
    // The file became shorter than it was.
    if (piece.length < pieceSize && next < range.end) return
    requests = Math.min(requests * 2, Math.max(FIRST_REQUESTS, Math.ceil(WINDOW / pieceSize)))
  }
}

/** Reads so many bytes; fewer only at the end of the file. */
async function readPiece(
  session: Session,
  handle: Handle,
  position: number,
  length: number,
  signal: AbortSignal
): Promise<Buffer> {
  const piece = takeMemory(length)
  return piece.subarray(0, await fill(session, handle, piece, position, signal))
}
