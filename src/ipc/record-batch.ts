/** Rows of a record batch, decoded as far as somebody wants them. */
import { columnReader, type ColumnReader } from './column-reader.js'
import { FlatView } from './flat-reader.js'
import type { Columns, Row } from './streams.js'

/** Which columns rows are to have: each name, and its place among all. */
export type Wanted = readonly (readonly [name: string, place: number])[]

export function wantedOf(
  columns: Columns,
  names: readonly string[] = Object.keys(columns)
): Wanted {
  const all = Object.keys(columns)
  return names.map((name) => [name, all.indexOf(name)])
}

/**
 * Yields the rows of a batch. @throws RangeError where it is damaged.
 * @param message its metadata.
 */
export function* batchRows(
  message: FlatView,
  body: Uint8Array,
  columns: Columns,
  wanted: Wanted
): Generator<Row> {
  const batch = message.table(2)
  if (batch === undefined) throw new RangeError('a batch is missing')
  const readers = readersOf(batch, body, columns)
  const rows = batch.i64(0)
  for (let i = 0; i < rows; i++)
    yield Object.fromEntries(wanted.map(([name, place]) => [name, readers[place]!(i)]))
}

function readersOf(batch: FlatView, body: Uint8Array, columns: Columns): ColumnReader[] {
  const places = batch.structs(2, 16)
  let next = 0
  const take = (): Uint8Array => {
    const place = places[next++]
    if (place === undefined) throw new RangeError('a column of a batch is missing')
    const start = Number(place.getBigInt64(0, true))
    const length = Number(place.getBigInt64(8, true))
    if (start < 0 || length < 0 || start + length > body.length)
      throw new RangeError('a column of a batch is outside of it')
    return body.subarray(start, start + length)
  }
  return Object.values(columns).map((type) => columnReader(type, take))
}
