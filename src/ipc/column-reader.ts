/** Reads single values of a column where it lies. Views throw a RangeError outside of it. */
import { bufferOf } from '../core/bytes.js'
import type { ColumnType } from './streams.js'

/** Returns the value of a row; null where it has none. */
export type ColumnReader = (row: number) => string | number | boolean | null

/** @param take returns the next buffer of the batch. */
export function columnReader(type: ColumnType, take: () => Uint8Array): ColumnReader {
  const validity = take()
  const value = valueReader(type, take)
  return (row) => (validity.length > 0 && !bitOf(validity, row) ? null : value(row))
}

function valueReader(type: ColumnType, take: () => Uint8Array): ColumnReader {
  const values = take()
  if (type === 'bool') return (row) => bitOf(values, row)
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength)
  if (type === 'string') return textReader(view, bufferOf(take()))
  if (type === 'int32') return (row) => view.getInt32(4 * row, true)
  if (type === 'float64') return (row) => view.getFloat64(8 * row, true)
  return (row) => Number(view.getBigInt64(8 * row, true))
}

const textReader =
  (offsets: DataView, text: Buffer): ColumnReader =>
  (row) => {
    const start = offsets.getInt32(4 * row, true)
    const end = offsets.getInt32(4 * row + 4, true)
    if (start < 0 || end < start || end > text.length)
      throw new RangeError(`the text of row ${row} is outside of its column`)
    return text.toString('utf8', start, end)
  }

function bitOf(bits: Uint8Array, row: number): boolean {
  const byte = bits[row >> 3]
  if (byte === undefined) throw new RangeError(`there is no bit for row ${row}`)
  return (byte & (1 << (row & 7))) !== 0
}
