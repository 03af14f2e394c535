/** Unsigned LEB128 varints, as CIDs, CAR files and protobuf use them. */
import { KitError } from './errors.js'

/** The result of readVarint: the value and the offset after it. Each call overwrites it. */
export const varint = { value: 0, next: 0 }

/**
 * Reads the varint at `offset` into the shared `varint` object and returns its value.
 * @throws CORRUPT_FORMAT if it runs past `end` or 10 bytes, or exceeds 2^53 − 1.
 */
export function readVarint(bytes: Uint8Array, offset: number, end = bytes.length): number {
  // Fast path for nearly all varints, which have one byte.
  const first = bytes[offset]!
  if (first < 0x80 && offset < end) {
    varint.next = offset + 1
    return (varint.value = first)
  }
  let value = 0
  let scale = 1
  for (let i = offset; i < end && i < offset + 10; i++) {
    const byte = bytes[i]!
    value += (byte & 0x7f) * scale
    if (value > Number.MAX_SAFE_INTEGER) break
    if (byte < 0x80) {
      varint.value = value
      varint.next = i + 1
      return value
    }
    scale *= 128
  }
  throw new KitError('CORRUPT_FORMAT', `malformed varint at offset ${offset}`)
}

/** Reads as readVarint, but caps a value at 2^53 − 1; for numbers that are only hints. */
export function readHint(bytes: Uint8Array, offset: number, end = bytes.length): number {
  let value = 0
  let scale = 1
  for (let i = offset; i < end && i < offset + 10; i++) {
    value += (bytes[i]! & 0x7f) * scale
    scale *= 128
    if (bytes[i]! >= 0x80) continue
    varint.next = i + 1
    return (varint.value = Math.min(value, Number.MAX_SAFE_INTEGER))
  }
  throw new KitError('CORRUPT_FORMAT', `malformed varint at offset ${offset}`)
}

export function varintLength(value: number): number {
  let length = 1
  while (value >= 128) {
    value = Math.floor(value / 128)
    length++
  }
  return length
}

/** Writes `value` at `offset` and returns the offset after it. */
export function writeVarint(target: Uint8Array, offset: number, value: number): number {
  while (value >= 128) {
    target[offset++] = (value % 128) | 0x80
    value = Math.floor(value / 128)
  }
  target[offset++] = value
  return offset
}
