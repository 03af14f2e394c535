/**
 * Parquet files are read from their ends: the footer says where the columns lie. Who opens one
 * will want all of it at once.
 * Source: https://parquet.apache.org/docs/file-format/
 */

const MAGIC = Buffer.from('PAR1')
/** The length of the footer, and the magic behind it. */
export const TRAILER = 8
/** A footer larger than this comes as it is read. */
const MAX = 16 << 20

/** Whether bytes at the beginning or the end of a file are those of Parquet. */
export const isMagic = (bytes: Uint8Array): boolean => MAGIC.equals(bytes)

/**
 * Where the footer begins.
 * @param trailer the last bytes of the file. @returns undefined where it is no Parquet file.
 */
export function footerStart(trailer: Buffer, size: number): number | undefined {
  if (trailer.length !== TRAILER || !isMagic(trailer.subarray(4))) return undefined
  const length = trailer.readUInt32LE(0)
  const start = size - TRAILER - length
  return length <= MAX && start >= MAGIC.length ? start : undefined
}
