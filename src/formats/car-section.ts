/**
 * The heads of CAR sections: a length, a CID, and a block behind them. Everything that reads
 * archives, from files, streams or servers, reads them here, so that the limits stand in one place.
 * Source: https://ipld.io/specs/transport/car/carv1/#data
 */
import { Cid, cidLengthAt } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { readVarint, varint } from '../core/varint.js'

/** Longest section: a block of 8 MiB, four times what any node would send, and its CID. */
export const MAX_SECTION = (8 << 20) + 256
/** Bytes of the longest varint. */
export const MAX_VARINT = 10
/** Bytes of the longest CID: a digest of 128, and four numbers before it. */
export const MAX_CID = 160

export const corruptCar = (reason: string, offset: number, cause?: unknown): KitError =>
  new KitError('CORRUPT_FORMAT', `not a valid CAR: ${reason} at offset ${offset}`, { cause })

/** A length, and the offset of the bytes that it counts. */
export interface LengthPrefix {
  readonly length: number
  /** Offset behind the varint. */
  readonly start: number
}

/**
 * Reads a varint that lies at `offset` of the archive.
 * @param bytes the archive's from `offset` on, MAX_VARINT of them or all that there are.
 * @param what it is the length of, for the message.
 */
export function readLength(bytes: Uint8Array, offset: number, what: string): LengthPrefix {
  try {
    const length = readVarint(bytes, 0, Math.min(bytes.length, MAX_VARINT))
    return { length, start: offset + varint.next }
  } catch (error) {
    throw corruptCar(`unreadable ${what}`, offset, error)
  }
}

/**
 * Reads the length of the section at `offset`. A length of 0 begins padding: nothing but zero bytes
 * may follow.
 * @param bytes as of `readLength`.
 * @param end of the payload.
 * @throws CORRUPT_FORMAT.
 */
export function readSectionLength(bytes: Uint8Array, offset: number, end: number): LengthPrefix {
  const prefix = readLength(bytes, offset, 'section length')
  const { length, start } = prefix
  if (length > MAX_SECTION)
    throw corruptCar(`a section of ${length} bytes, over the limit of ${MAX_SECTION},`, offset)
  if (start + length > end)
    throw corruptCar(`a section of ${length} bytes that runs past the end of the file`, offset)
  return prefix
}

/**
 * Reads the CID that begins a section. It lies in the memory of `bytes`: copy it before that is used
 * again.
 * @param bytes of the section, MAX_CID of them or all that there are.
 * @param offset of the section, for messages.
 * @throws CORRUPT_FORMAT.
 */
export function readSectionCid(bytes: Uint8Array, offset: number): Cid {
  let length: number
  try {
    length = cidLengthAt(bytes, 0)
  } catch (error) {
    const reason = `a section without a valid CID (${(error as Error).message})`
    throw corruptCar(reason, offset, error)
  }
  return Cid.at(bytes, 0, length)
}
