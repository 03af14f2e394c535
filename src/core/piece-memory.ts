/**
 * Memory of pieces that is used again: taking it from the system and giving it back costs more than
 * whatever is done with most pieces. Who is through with a piece gives it back, or forgets it.
 */

/** Bytes that are kept for later. */
const MAX_KEPT = 40 << 20
/** Shorter memory is not worth it. */
const LEAST = 64 * 1024

const kept: Buffer[] = []
let keptBytes = 0
/** How many bytes of memory that was given out did not come back. */
const missing = new WeakMap<ArrayBufferLike, number>()

/** Returns memory of a length, which holds anything. */
export function takeMemory(length: number): Buffer {
  const at = kept.findIndex((memory) => memory.length === length)
  if (at < 0) return Buffer.allocUnsafeSlow(length)
  const [memory] = kept.splice(at, 1)
  keptBytes -= length
  return memory!
}

/** Says that nobody else has memory of which pieces of so many bytes in all go out. */
export function lend(memory: Uint8Array, bytes: number): void {
  if (memory.length >= LEAST) missing.set(memory.buffer, bytes)
}

/**
 * Takes back a piece, or a part of one, that nobody looks at any more. Memory is used again once all
 * that was lent of it is back; of what was not lent nothing happens.
 */
export function giveBack(piece: Uint8Array): void {
  const bytes = missing.get(piece.buffer)
  if (bytes === undefined) return
  const left = bytes - piece.length
  if (left > 0) return void missing.set(piece.buffer, left)
  missing.delete(piece.buffer)
  if (left < 0) return
  kept.push(Buffer.from(piece.buffer))
  keptBytes += piece.buffer.byteLength
  // What was given back first may have a length that nobody asks for.
  while (keptBytes > MAX_KEPT) keptBytes -= kept.shift()!.length
}
