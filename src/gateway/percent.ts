/** Percent encoding of names, which are bytes (RFC 3986, 2). */
import { bufferOf } from '../core/bytes.js'
import { KitError } from '../core/errors.js'

const PERCENT = 0x25

/**
 * Returns the bytes of an encoded path, decoded once.
 * @param path as Node gives it: each byte that was sent is a character.
 * @throws INVALID_ARGUMENT for a `%` without two hex digits.
 */
export function percentDecoded(path: string): Buffer {
  const bytes = Buffer.from(path, 'latin1')
  let length = bytes.indexOf(PERCENT)
  if (length < 0) return bytes
  for (let at = length; at < bytes.length; length++) {
    const byte = bytes[at]!
    bytes[length] = byte === PERCENT ? escaped(path, at) : byte
    at += byte === PERCENT ? 3 : 1
  }
  return bytes.subarray(0, length)
}

function escaped(path: string, at: number): number {
  const digits = path.slice(at + 1, at + 3)
  if (/^[0-9a-f]{2}$/i.test(digits)) return Number.parseInt(digits, 16)
  throw new KitError('INVALID_ARGUMENT', `"%${digits}" in the path is no percent encoding; a percent sign itself is %25`) // prettier-ignore
}

const UNRESERVED = /[^A-Za-z0-9\-._~]/g

/** Returns a name with all bytes encoded that are not unreserved, in upper-case hex. */
export const percentEncoded = (name: Uint8Array): string =>
  bufferOf(name)
    .toString('latin1')
    .replace(UNRESERVED, (char) => `%${hex(char.charCodeAt(0))}`)

const hex = (byte: number): string => byte.toString(16).toUpperCase().padStart(2, '0')

/** Returns a path of a URL in which bytes above ASCII, spaces and controls are encoded, and nothing else changed. */
export const asciiPath = (path: string): string =>
  path.replace(/[^\x21-\x7e]/g, (char) => `%${hex(char.charCodeAt(0) & 0xff)}`)
