/** Rows as bytes: each column's text in turn, behind its length as u32. Texts are never decoded to be copied. */
import { COLUMNS, type Row } from './mapping.js'

export const FIELDS = COLUMNS.length
const CID = 0

/** A row's bytes. `field` gives the range of one column. */
export class RowView {
  bytes: Uint8Array
  /** Begins and ends of the columns, in turn. */
  readonly ranges = new Float64Array(FIELDS * 2)
  /** Offset after the row. */
  end = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  /** Points at the row at `offset`. @returns this. @throws RangeError for a row cut short. */
  at(offset: number): this {
    let at = offset
    for (let i = 0; i < FIELDS; i++) {
      const length = lengthAt(this.bytes, at)
      this.ranges[2 * i] = at + 4
      at += 4 + length
      this.ranges[2 * i + 1] = at
    }
    if (at > this.bytes.length) throw new RangeError(`a row at ${offset} is cut short`)
    this.end = at
    return this
  }

  field(column: number): Uint8Array {
    return this.bytes.subarray(this.ranges[2 * column], this.ranges[2 * column + 1])
  }

  get cid(): Uint8Array {
    return this.field(CID)
  }

  toRow(): Row {
    const row: Partial<Record<keyof Row, string>> = {}
    COLUMNS.forEach((column, i) => (row[column] = Buffer.from(this.field(i)).toString('utf8')))
    return row as Row
  }
}

const lengthAt = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0

export function encodeRow(row: Row): Uint8Array {
  const texts = COLUMNS.map((column) => Buffer.from(row[column]))
  const bytes = Buffer.allocUnsafe(texts.reduce((sum, { length }) => sum + 4 + length, 0))
  let at = 0
  for (const text of texts) {
    at = bytes.writeUInt32LE(text.length, at)
    at += text.copy(bytes, at)
  }
  return bytes
}
