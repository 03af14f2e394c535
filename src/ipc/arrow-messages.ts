/**
 * The messages of Arrow IPC: schema, record batch and footer.
 * Source: https://arrow.apache.org/docs/format/Columnar.html and the .fbs files of its repository.
 */
import { flatBuffer, i16, i32, i64, i8, type FlatField, type FlatTable } from './flat-writer.js'
import type { Columns, ColumnType } from './streams.js'

/** Metadata version 5, the one since Arrow 1.0. */
const VERSION = i16(4)
const SCHEMA_HEADER = 1
const BATCH_HEADER = 3
/** Alignment of messages and buffers. */
export const ALIGNMENT = 8

/** What the schema says of itself, by key. */
export type ArrowMetadata = Readonly<Record<string, string>>

/** Types by their number in the union `Type`, and their parameters. */
const TYPES: Readonly<Record<ColumnType, readonly [number, FlatTable]>> = {
  string: [5, []],
  int32: [2, [i32(32), i8(1)]],
  int64: [2, [i32(64), i8(1)]],
  float64: [3, [i16(2)]],
  bool: [6, []],
  timestamp_s: [10, [i16(0)]]
}

const fieldOf = ([name, type]: readonly [string, ColumnType]): FlatTable => {
  const [number, parameters] = TYPES[type]
  return [{ text: name }, i8(1), i8(number), { table: parameters }, undefined, { tables: [] }]
}

const schemaOf = (columns: Columns, metadata: ArrowMetadata): FlatTable => [
  undefined,
  { tables: Object.entries(columns).map(fieldOf) },
  { tables: Object.entries(metadata).map(([key, value]) => [{ text: key }, { text: value }]) }
]

/** Frames a message: a mark of the format, the length of the metadata, and these. */
function framed(type: number, header: FlatTable, bodyLength: number): Uint8Array {
  const metadata = flatBuffer([VERSION, i8(type), { table: header }, i64(bodyLength)])
  const head = Buffer.alloc(8)
  head.writeInt32LE(-1, 0)
  head.writeInt32LE(metadata.length, 4)
  return Buffer.concat([head, metadata])
}

export const schemaMessage = (columns: Columns, metadata: ArrowMetadata): Uint8Array =>
  framed(SCHEMA_HEADER, schemaOf(columns, metadata), 0)

/** A column of a batch. */
export interface BatchColumn {
  readonly nulls: number
  readonly buffers: readonly Uint8Array[]
}

/** A message, and the buffers that follow it, each padded. */
export interface BatchMessage {
  readonly head: Uint8Array
  readonly body: readonly Uint8Array[]
  readonly bodyLength: number
}

export function batchMessage(rows: number, columns: readonly BatchColumn[]): BatchMessage {
  const buffers = columns.flatMap((column) => column.buffers)
  const places = Buffer.alloc(16 * buffers.length)
  const body: Uint8Array[] = []
  let at = 0
  buffers.forEach((buffer, i) => {
    places.writeBigInt64LE(BigInt(at), 16 * i)
    places.writeBigInt64LE(BigInt(buffer.length), 16 * i + 8)
    const padding = (ALIGNMENT - (buffer.length % ALIGNMENT)) % ALIGNMENT
    body.push(buffer, PADDING.subarray(0, padding))
    at += buffer.length + padding
  })
  const nodes = Buffer.alloc(16 * columns.length)
  columns.forEach(({ nulls }, i) => {
    nodes.writeBigInt64LE(BigInt(rows), 16 * i)
    nodes.writeBigInt64LE(BigInt(nulls), 16 * i + 8)
  })
  const header = [i64(rows), structs(nodes, 16), structs(places, 16)]
  return { head: framed(BATCH_HEADER, header, at), body, bodyLength: at }
}

const PADDING = new Uint8Array(ALIGNMENT)

const structs = (bytes: Uint8Array, width: number): FlatField => ({
  structs: bytes,
  count: bytes.length / width
})

/** Where a record batch lies in a file. */
export interface Block {
  readonly offset: number
  /** Bytes of its message without its body. */
  readonly headLength: number
  readonly bodyLength: number
}

/** What ends a stream, and the batches of a file. */
export const END_OF_STREAM = Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0])

/** What stands at both ends of a file. */
export const FILE_MAGIC = 'ARROW1'

/** Returns what follows the last batch of a file. */
export function fileTail(
  columns: Columns,
  metadata: ArrowMetadata,
  blocks: readonly Block[]
): Uint8Array {
  const places = Buffer.alloc(24 * blocks.length)
  blocks.forEach(({ offset, headLength, bodyLength }, i) => {
    places.writeBigInt64LE(BigInt(offset), 24 * i)
    places.writeInt32LE(headLength, 24 * i + 8)
    places.writeBigInt64LE(BigInt(bodyLength), 24 * i + 16)
  })
  const footer = flatBuffer([
    VERSION,
    { table: schemaOf(columns, metadata) },
    structs(new Uint8Array(0), 24),
    structs(places, 24)
  ])
  const length = Buffer.alloc(4)
  length.writeInt32LE(footer.length)
  return Buffer.concat([END_OF_STREAM, footer, length, Buffer.from(FILE_MAGIC)])
}
