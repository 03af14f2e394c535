/** Operations as a Parquet file, with the columns and types that other programs read. */
import {
  Field,
  Int32,
  Int64,
  makeBuilder,
  Map_,
  Struct,
  Table,
  tableToIPC,
  TimestampMillisecond,
  Utf8,
  type DataType,
  type Vector
} from 'apache-arrow'
import {
  Compression,
  Table as WasmTable,
  writeParquet,
  WriterPropertiesBuilder
} from 'parquet-wasm'
import type { OperationRecord } from './operation-record.js'

const text = new Utf8()
const time = new TimestampMillisecond()
const count = new Int32()
const pair = new Struct([new Field('key', text, false), new Field('value', text, true)])
const result = new Struct<{ cid: Utf8; size: Int64; destination: Utf8 }>([
  new Field('cid', text, true),
  new Field('size', new Int64(), true),
  new Field('destination', text, true)
])

/** The columns in their order. */
const COLUMNS: { readonly [K in keyof OperationRecord]: DataType } = {
  operation_id: text,
  operation_type: text,
  status: text,
  timestamp: time,
  updated_at: time,
  completed_at: time,
  backend: text,
  parameters: new Map_(new Field('entries', pair as never, false)),
  result,
  error: text,
  error_type: text,
  retry_count: count,
  max_retries: count,
  next_retry_at: time
}

/** Returns what a builder takes for a field of a record. */
function cellOf(record: OperationRecord, name: keyof OperationRecord): unknown {
  if (name === 'parameters') return new Map(Object.entries(record.parameters))
  if (name !== 'result' || record.result === null) return record[name]
  const { size, ...rest } = record.result
  return { ...rest, size: size === null ? null : BigInt(size) }
}

/** Returns the bytes of a Parquet file. */
export function encodeArchive(records: readonly OperationRecord[]): Uint8Array {
  const vectors: Record<string, Vector> = {}
  for (const [name, type] of Object.entries(COLUMNS)) {
    const builder = makeBuilder({ type, nullValues: [null] })
    for (const record of records) builder.append(cellOf(record, name as keyof OperationRecord))
    vectors[name] = builder.finish().toVector()
  }
  const table = WasmTable.fromIPCStream(tableToIPC(new Table(vectors), 'stream'))
  // Every reader of Parquet has this compression built in.
  const properties = new WriterPropertiesBuilder().setCompression(Compression.SNAPPY).build()
  return writeParquet(table, properties)
}
