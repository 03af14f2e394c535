/** The footer of a Parquet file in the store, whose size and length anybody may have said. */
import type { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { footerLength, isParquetTail, TAIL } from '../datasets/parquet-footer.js'
import type { ContentView } from './content-view.js'

/** Bytes of the longest footer that is read: tens of thousands of columns have shorter ones. */
const MAX_FOOTER = 64 << 20

export interface StoredFooter {
  /** Bytes of the file. */
  readonly size: number
  readonly footer: Uint8Array
}

/** @param path names the file in errors. @throws CORRUPT_FORMAT for what is no whole Parquet file. */
export async function storedFooter(
  view: ContentView,
  cid: Cid,
  path: string
): Promise<StoredFooter> {
  const wrong = (what: string): KitError => new KitError('CORRUPT_FORMAT', `${path} (${cid}) ${what}`) // prettier-ignore
  const { type, size } = await view.whenReady(() => view.content.stat(cid))
  if (type !== 'file') throw wrong('is no file')
  const read = async (position: number, length: number): Promise<Uint8Array> => {
    const bytes = Buffer.alloc(length)
    const count = await view.whenReady(() => view.content.read(cid, position, bytes, 0, length))
    if (count !== length) throw wrong('is shorter than it says')
    return bytes
  }
  const tail = size < TAIL ? new Uint8Array(0) : await read(size - TAIL, TAIL)
  if (!isParquetTail(tail)) throw wrong('does not end as a Parquet file does')
  const length = footerLength(tail)
  if (length > size - TAIL) throw wrong('is no whole Parquet file')
  if (length > MAX_FOOTER) throw wrong(`has a footer of ${length} bytes; at most ${MAX_FOOTER} are read`) // prettier-ignore
  return { size, footer: await read(size - TAIL - length, length) }
}
