/** Reads a short range into one buffer, with all of its requests under way at once. */
import { handOver, takeMemory } from '../../src/core/piece-memory.js'
import type { ByteRange } from '../facets/named-files.js'
import type { Handle, Session } from './session.js'

/** As many bytes as may be under way; longer ranges are read as their bytes are taken. */
const MAX_SHORT = 2 << 20

export type ShortRange = Required<ByteRange>

export const isShort = (range: ByteRange): range is ShortRange =>
  range.length !== undefined && range.length <= MAX_SHORT

/** Gives the bytes of a range; fewer where the file ends. Their memory is handed over. */
export async function readShort(
  session: Session,
  handle: Handle,
  { position, length }: ShortRange,
  signal: AbortSignal
): Promise<Buffer> {
  const bytes = takeMemory(length)
  const { pieceSize } = session
  const counts: Promise<number>[] = []
  for (let at = 0; at < length; at += pieceSize)
    counts.push(fill(session, handle, bytes.subarray(at, at + pieceSize), position + at, signal))
  let end = 0
  // The file ends in the first piece that is not full.
  for (const count of await Promise.all(counts)) {
    end += count
    if (count < pieceSize) break
  }
  // No request fills it any more.
  handOver(bytes)
  return bytes.subarray(0, end)
}

/** Fills a piece with what lies at a position. @returns the number of bytes, fewer only at the end of the file. */
export async function fill(
  session: Session,
  handle: Handle,
  piece: Buffer,
  position: number,
  signal: AbortSignal
): Promise<number> {
  let done = 0
  while (done < piece.length) {
    const rest = done === 0 ? piece : piece.subarray(done)
    const count = await session.read(handle, rest, position + done, signal)
    if (count === 0) break
    done += count
  }
  return done
}
