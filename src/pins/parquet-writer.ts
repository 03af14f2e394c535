/** Writes `pin_mappings.parquet` from rows, in row groups of bounded memory: Arrow columns by hand, Parquet by parquet-wasm. */
import { closeSync, fsyncSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { RecordBatch, Schema } from 'apache-arrow'
import { openOwn, writeFully } from '../core/fs-durable.js'
import { COLUMNS } from './mapping.js'
import type { RowView } from './row-codec.js'

/** Rows of a row group. */
const GROUP = 65_536

type Arrow = typeof import('apache-arrow')
type ParquetWasm = typeof import('parquet-wasm')

const require = createRequire(import.meta.url)
/** Its 150 modules in one file, which takes a sixth of the time to load. */
const loadArrow = (): Arrow => require('apache-arrow/Arrow.es2015.min') as Arrow
/** CommonJS alone loads its own WebAssembly module from the disk. */
const loadWasm = (): ParquetWasm => require('parquet-wasm') as ParquetWasm

const schemaOf = ({ Field, Schema, Utf8 }: Arrow): Schema =>
  new Schema(COLUMNS.map((name) => new Field(name, new Utf8(), false)))

/**
 * Writes a file and syncs it.
 * @param rows are read once; each view is valid until the next one is asked for.
 */
export async function writeMappingParquet(path: string, rows: Iterable<RowView>): Promise<void> {
  const [arrow, wasm] = [loadArrow(), loadWasm()]
  const schema = schemaOf(arrow)
  const iterator = rows[Symbol.iterator]()
  let isBegun = false
  const batches = new ReadableStream({
    pull(controller) {
      const batch = nextBatch(iterator, arrow, schema)
      // An empty file has a schema as well, which its one empty batch brings.
      if (batch.numRows === 0 && isBegun) return controller.close()
      isBegun = true
      const table = wasm.Table.fromIPCStream(arrow.tableToIPC(new arrow.Table([batch]), 'stream'))
      controller.enqueue(table.recordBatch(0))
      table.free()
    }
  })
  const properties = new wasm.WriterPropertiesBuilder()
    .setCompression(wasm.Compression.ZSTD)
    .setMaxRowGroupSize(GROUP)
    .build()
  const fd = openOwn(path, 'replace')
  try {
    const pieces = await wasm.transformParquetStream(batches, properties)
    const reader = pieces.getReader()
    for (let piece = await reader.read(); !piece.done; piece = await reader.read())
      writeFully(fd, piece.value as Uint8Array)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
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
