/** Writes `pin_mappings.parquet` from rows, in row groups of bounded memory: Arrow columns by hand. */
import type { RecordBatch, Schema } from 'apache-arrow'
import { loadArrow, writeParquetFile, type Arrow } from '../core/parquet-stream.js'
import { COLUMNS } from './mapping.js'
import type { RowView } from './row-codec.js'

/** Rows of a row group. */
const GROUP = 65_536

const schemaOf = ({ Field, Schema, Utf8 }: Arrow): Schema =>
  new Schema(COLUMNS.map((name) => new Field(name, new Utf8(), false)))

/**
 * Writes a file and syncs it.
 * @param rows are read once; each view is valid until the next one is asked for.
 */
export async function writeMappingParquet(path: string, rows: Iterable<RowView>): Promise<void> {
  const arrow = loadArrow()
  const schema = schemaOf(arrow)
  const iterator = rows[Symbol.iterator]()
  await writeParquetFile(path, GROUP, () => nextBatch(iterator, arrow, schema))
}

function nextBatch(rows: Iterator<RowView>, arrow: Arrow, schema: Schema): RecordBatch {
  const columns = COLUMNS.map(() => new TextColumn())
  let count = 0
  for (; count < GROUP; count++) {
    const next = rows.next()
    if (next.done === true) break
    columns.forEach((column, i) => column.push(next.value.field(i)))
  }
  const children = columns.map((column) => column.data(arrow))
  const type = new arrow.Struct(schema.fields)
  const data = arrow.makeData({ type, length: count, nullCount: 0, children })
  return new arrow.RecordBatch(schema, data)
}

/** A column of texts in Arrow's layout. */
class TextColumn {
  #bytes = Buffer.allocUnsafe(4096)
  #offsets = new Int32Array(1025)
  #count = 0

  push(text: Uint8Array): void {
    const at = this.#offsets[this.#count]!
    if (at + text.length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(2 * (at + text.length))
      grown.set(this.#bytes.subarray(0, at))
      this.#bytes = grown
    }
    this.#bytes.set(text, at)
    if (++this.#count === this.#offsets.length) {
      const grown = new Int32Array(2 * this.#count)
      grown.set(this.#offsets)
      this.#offsets = grown
    }
    this.#offsets[this.#count] = at + text.length
  }

  data({ makeData, Utf8 }: Arrow) {
    return makeData({
      type: new Utf8(),
      length: this.#count,
      nullCount: 0,
      valueOffsets: this.#offsets.subarray(0, this.#count + 1),
      data: this.#bytes.subarray(0, this.#offsets[this.#count])
    })
  }
}
