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
/** Memory that has one receiver. */
const handedOver = new WeakSet<ArrayBufferLike>()

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

/** Says that memory goes out as a whole, to one receiver. */
export function handOver(memory: Uint8Array): void {
  if (memory.length >= LEAST) handedOver.add(memory.buffer)
}

/**
 * Takes back the whole memory behind a part of it, from the one receiver. Of memory that may have
 * others nothing happens.
 */
export function giveBackWhole(part: Uint8Array): void {
  if (handedOver.delete(part.buffer)) keep(part.buffer)
}

/** Returns pieces in one, which is handed over, and gives their memory back. */
export function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  if (length < LEAST) return Buffer.concat(pieces, length)
  const whole = takeMemory(length)
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
    giveBack(piece)
  }
  handOver(whole)
  return whole
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
  keep(piece.buffer)
}

function keep(memory: ArrayBufferLike): void {
  kept.push(Buffer.from(memory))
  keptBytes += memory.byteLength
  // What was given back first may have a length that nobody asks for.
  while (keptBytes > MAX_KEPT) keptBytes -= kept.shift()!.length
}
