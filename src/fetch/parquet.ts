/**
 * Finds the footer of a Parquet file, which says where the columns lie: a program that opens such a
 * file reads all of the footer first, so it is worth fetching ahead.
 * Source: https://parquet.apache.org/docs/file-format/
 */

const MAGIC = Buffer.from('PAR1')
/** Bytes of the footer's length and the magic behind it. */
export const TRAILER = 8
/** A larger footer is not fetched ahead. */
const MAX_FOOTER = 16 << 20

/** Returns whether bytes from the beginning or the end of a file are Parquet's magic. */
export const isMagic = (bytes: Uint8Array): boolean => MAGIC.equals(bytes)

/**
 * Returns the offset of the footer; undefined where the file is no Parquet file.
 * @param trailer the last bytes of the file.
 * @param size bytes of the file.
 */
export function footerStart(trailer: Buffer, size: number): number | undefined {
  if (trailer.length !== TRAILER || !isMagic(trailer.subarray(4))) return undefined
  const length = trailer.readUInt32LE(0)
  const start = size - TRAILER - length
  return length <= MAX_FOOTER && start >= MAGIC.length ? start : undefined
}
