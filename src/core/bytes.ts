/** Byte strings: comparison, hashing, hex and text. Names are bytes throughout the program. */

export const EMPTY = new Uint8Array(0)

const encoder = new TextEncoder()
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export const utf8 = (text: string): Uint8Array => encoder.encode(text)

/** Returns the text of valid UTF-8; undefined for any other bytes. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes)
  } catch {
    return undefined
  }
}

/** Returns a Buffer over the same memory. */
export const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Returns a copy. `.slice()` would not do: on a Buffer it shares the memory. */
export const copyOf = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes)

export const toHex = (bytes: Uint8Array): string => bufferOf(bytes).toString('hex')

export const compareBytes = (a: Uint8Array, b: Uint8Array): number => Buffer.compare(a, b)

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/**
 * Returns a 32-bit hash (FNV-1a with shifts) for hash tables, which confirm every match by
 * comparing the bytes. It is not cryptographic.
 */
export function hash32(bytes: Uint8Array, seed = 0x811c9dc5): number {
  let h = seed
  for (let i = 0; i < bytes.length; i++) {
    h = Math.imul(h ^ bytes[i]!, 0x01000193)
    // Mixing the high bits down makes collisions depend on the seed.
    h ^= h >>> 13
  }
  return (h ^ (h >>> 15)) >>> 0
}
