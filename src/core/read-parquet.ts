/** Reads the rows of a local Parquet file as objects, a row group at a time. */
import { open } from 'node:fs/promises'
import type { Compressors, RowGroup } from 'hyparquet'
import { KitError } from './errors.js'
import { READ_FLAGS } from './read-file.js'

export type ParquetRow = Readonly<Record<string, unknown>>

/** First and last bytes of a Parquet file. */
const MAGIC = 'PAR1'
/** Bytes of a row group of a file of this home, or of one that an older installation left. */
const OWN_GROUP_BYTES = 2 ** 31
/** Bytes of a row group of a file of somebody else. */
export const FOREIGN_GROUP_BYTES = 1 << 29
/** Rows of one row group: one that claims more is refused before anything is allocated for it. */
const MAX_GROUP_ROWS = 2 << 20

/**
 * Yields the rows of each row group, in their order.
 * @param maxGroupBytes of a row group, when it is expanded. It expands to no more than it claims, either.
 * @throws CORRUPT_FORMAT naming the file.
 */
export async function* readParquetGroups(
  path: string,
  maxGroupBytes = OWN_GROUP_BYTES
): AsyncGenerator<ParquetRow[]> {
  const [{ parquetMetadataAsync, parquetReadObjects }, { compressors, decompressZstd }] =
    await Promise.all([import('hyparquet'), import('hyparquet-compressors')])
  const pages = new PageBudget()
  const bounded = pages.bounding({
    ...compressors,
    // Without a place for it, a page would be as long as it says itself.
    ZSTD: (input, length) => decompressZstd(input, new Uint8Array(length))
  })
  const handle = await open(path, READ_FLAGS)
  try {
    const found = await handle.stat()
    const size = found.isFile() ? found.size : 0
    const slice = async (start: number, end = size): Promise<ArrayBuffer> => {
      const bytes = new Uint8Array(new ArrayBuffer(Math.max(0, Math.min(end, size) - start)))
      await handle.read(bytes, 0, bytes.length, start)
      return bytes.buffer
    }
    if (Buffer.from(await slice(0, 4)).toString('latin1') !== MAGIC)
      throw damaged(path, 'it is no Parquet file')
    const file = { byteLength: size, slice }
    const metadata = await parquetMetadataAsync(file)
    let rowStart = 0
    for (const group of metadata.row_groups) {
      const rows = Number(group.num_rows)
      const bytes = claimedBytes(group)
      if (!(rows >= 0 && rows <= MAX_GROUP_ROWS) || !(bytes >= 0 && bytes <= maxGroupBytes))
        throw damaged(path, `one of its row groups claims ${rows} rows of ${bytes} bytes`)
      const rowEnd = rowStart + rows
      pages.begin(bytes)
      yield await parquetReadObjects({ file, metadata, compressors: bounded, rowStart, rowEnd })
      rowStart = rowEnd
    }
  } catch (error) {
    if (error instanceof KitError) throw error
    throw damaged(path, (error as Error).message, error)
  } finally {
    await handle.close()
  }
}

/** Returns what a row group says that it expands to: some writers say it of its columns alone. */
function claimedBytes({ total_byte_size, columns }: RowGroup): number {
  const ofColumns = columns.map(({ meta_data }) => Number(meta_data?.total_uncompressed_size ?? 0))
  return Math.max(Number(total_byte_size), ofColumns.reduce((sum, bytes) => sum + bytes, 0)) // prettier-ignore
}

/** Counts what the pages of a row group say that they expand to, before memory is taken for it. */
class PageBudget {
  #most = 0
  #left = 0

  /** @param most bytes of all pages of the row group that follows. */
  begin(most: number): void {
    this.#most = most
    this.#left = most
  }

  /** @returns decompressors that refuse a page beyond the bytes of a row group. */
  bounding(compressors: Compressors): Compressors {
    const bounded = Object.entries(compressors).map(([codec, decompress]) => [
      codec,
      (input: Uint8Array, length: number): Uint8Array => {
        this.#left -= length
        if (!(length >= 0 && this.#left >= 0)) throw new Error(`the pages of one of its row groups expand to more than ${this.#most} bytes`) // prettier-ignore
        return decompress(input, length)
      }
    ])
    return Object.fromEntries(bounded) as Compressors
  }
}

const damaged = (path: string, reason: string, cause?: unknown): KitError =>
  new KitError('CORRUPT_FORMAT', `${path} is damaged: ${reason}`, { cause })
