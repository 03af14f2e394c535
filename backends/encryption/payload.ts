/**
 * The payload of an age file: chunks of 64 KiB, each sealed by itself, so that a range is read without
 * what stands before it.
 * Source: https://github.com/C2SP/C2SP/blob/main/age.md#payload
 */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { KitError } from '../../src/core/errors.js'

export const CHUNK = 64 * 1024
/** Bytes that end a sealed chunk. */
export const TAG = 16
/** Bytes of a sealed chunk that is full. */
export const SEALED = CHUNK + TAG

const CIPHER = 'chacha20-poly1305'

/** The nonce of a chunk: its number in eleven bytes, and whether it is the last. */
function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUIntBE(number, 5, 6)
  nonce[11] = isLast ? 1 : 0
  return nonce
}

function seal(key: Uint8Array, number: number, isLast: boolean, plain: Uint8Array): Uint8Array {
  const cipher = createCipheriv(CIPHER, key, nonceOf(number, isLast), { authTagLength: TAG })
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/** Opens a sealed chunk; undefined where it is not the one that it should be. */
export function openChunk(
  key: Uint8Array,
  number: number,
  isLast: boolean,
  sealed: Uint8Array
): Uint8Array | undefined {
  if (sealed.length < TAG) return undefined
  const decipher = createDecipheriv(CIPHER, key, nonceOf(number, isLast), { authTagLength: TAG })
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG))
  const plain = decipher.update(sealed.subarray(0, sealed.length - TAG))
  try {
    decipher.final()
    return plain
  } catch {
    // Node says nothing but that the tag is another one.
    return undefined
  }
}

/** Yields the sealed chunks of a content. */
export async function* sealed(
  key: Uint8Array,
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
): AsyncGenerator<Uint8Array, void, undefined> {
  const chunk = Buffer.allocUnsafeSlow(CHUNK)
  let used = 0
  let number = 0
  for await (const piece of content)
    for (let at = 0; at < piece.length;) {
      // A full chunk waits for more, because the last one is marked.
      if (used === CHUNK) {
        yield seal(key, number++, false, chunk)
        used = 0
      }
      const part = piece.subarray(at, at + CHUNK - used)
      chunk.set(part, used)
      used += part.length
      at += part.length
    }
  yield seal(key, number, true, chunk.subarray(0, used))
}

/** Yields sealed chunks out of pieces; the last may be shorter. */
export async function* chunksOf(
  pieces: AsyncIterable<Uint8Array>
): AsyncGenerator<Uint8Array, void, undefined> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const piece of pieces) {
    rest = rest.length === 0 ? Buffer.from(piece.buffer, piece.byteOffset, piece.length) : Buffer.concat([rest, piece]) // prettier-ignore
    let at = 0
    for (; rest.length - at >= SEALED; at += SEALED) yield rest.subarray(at, at + SEALED)
    // What is left is copied: a piece is good until the next one is asked for.
    rest = Buffer.from(rest.subarray(at))
  }
  if (rest.length > 0) yield rest
}

/** Returns the size of what is sealed in so many bytes. @throws CORRUPT_FORMAT for an impossible size. */
export function plainSize(sealedSize: number): number {
  const last = sealedSize % SEALED
  const isSound = last === 0 ? sealedSize > 0 : last > TAG || sealedSize === TAG
  if (!isSound) throw new KitError('CORRUPT_FORMAT', `${sealedSize} bytes are no payload of age`)
  return sealedSize - TAG * Math.ceil(sealedSize / SEALED)
}
