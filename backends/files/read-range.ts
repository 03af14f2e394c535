/** A range of a file in one buffer. */
import { KitError } from '../../src/core/errors.js'
import { joined } from '../../src/core/piece-memory.js'
import type { CallOptions } from '../facets/call.js'
import type { ByteRange, FileReader } from '../facets/named-files.js'

/**
 * Reads a range into memory of its own, which is handed over; fewer bytes where the file ends.
 * @param maxLength of what is taken.
 * @throws PATH_NOT_FOUND, TOO_LARGE.
 */
export async function readRange(
  files: FileReader,
  name: string,
  range: ByteRange,
  maxLength: number,
  options: CallOptions
): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const piece of files.get(name, range, options)) {
    length += piece.length
    if (length > maxLength) throw new KitError('TOO_LARGE', `${name} is over ${maxLength} bytes`)
    parts.push(piece)
  }
  return parts.length === 1 ? parts[0]! : joined(parts, length)
}
