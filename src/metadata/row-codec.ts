/**
 * Records as bytes, by the table of columns. A row is its CID behind the CID's length, then the length of
 * the rest, both u32, then the values of all columns. A value is a byte that says whether there is one, and the value: numbers as
 * varints (zigzag), floats as f32, texts behind their length, lists and maps behind their count.
 */
import { COLUMNS, RECORD, type Column, type ColumnType } from './schema.js'
import type { IndexRecord } from './record.js'

const ABSENT = 0
const PRESENT = 1

class Encoder {
  bytes = Buffer.allocUnsafeSlow(4096)
  at = 0

  room(count: number): void {
    if (this.at + count <= this.bytes.length) return
    const grown = Buffer.allocUnsafeSlow(2 * (this.at + count))
    grown.set(this.bytes.subarray(0, this.at))
    this.bytes = grown
  }

  byte(value: number): void {
    this.room(1)
    this.bytes[this.at++] = value
  }

  /** Writes a whole number of up to 53 bits. */
  varint(value: number): void {
    this.room(8)
    let rest = value
    while (rest >= 0x80) {
      this.bytes[this.at++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.bytes[this.at++] = rest
  }

  signed(value: number): void {
    this.byte(value < 0 ? 1 : 0)
    this.varint(Math.abs(value))
  }

  text(value: string): void {
    const length = Buffer.byteLength(value)
    this.varint(length)
    this.room(length)
    this.at += this.bytes.write(value, this.at, length, 'utf8')
  }

  value(type: ColumnType, value: unknown): void {
    if (value === null || value === undefined) return this.byte(ABSENT)
    this.byte(PRESENT)
    this.present(type, value)
  }

  present(type: ColumnType, value: unknown): void {
    switch (type.kind) {
      case 'string':
        return this.text(value as string)
      case 'bool':
        return this.byte(value === true ? 1 : 0)
      case 'int':
      case 'time':
        return this.signed(value as number)
      case 'float':
        this.room(4)
        this.at = this.bytes.writeFloatLE(value as number, this.at)
        return
      case 'list':
        return this.#list(type.of, value as readonly unknown[])
      case 'map':
        return this.#map(value as Readonly<Record<string, string>>)
      case 'struct':
        for (const { name, type: own } of type.fields)
          this.value(own, (value as Readonly<Record<string, unknown>>)[name])
    }
  }

  #list(of: ColumnType, values: readonly unknown[]): void {
    this.varint(values.length)
    for (const value of values) this.value(of, value)
  }

  #map(value: Readonly<Record<string, string>>): void {
    const entries = Object.entries(value)
    this.varint(entries.length)
    for (const [key, text] of entries) {
      this.text(key)
      this.text(text)
    }
  }
}

class Decoder {
  readonly #bytes: Buffer
  #at: number

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#at = at
  }

  #varint(): number {
    let value = 0
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.#bytes[this.#at++]!
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
  }

  #signed(): number {
    const isNegative = this.#bytes[this.#at++] === 1
    const value = this.#varint()
    return isNegative ? -value : value
  }

  #text(): string {
    const length = this.#varint()
    this.#at += length
    return this.#bytes.toString('utf8', this.#at - length, this.#at)
  }

  value(type: ColumnType): unknown {
    return this.#bytes[this.#at++] === ABSENT ? null : this.present(type)
  }

  present(type: ColumnType): unknown {
    switch (type.kind) {
      case 'string':
        return this.#text()
      case 'bool':
        return this.#bytes[this.#at++] === 1
      case 'int':
      case 'time':
        return this.#signed()
      case 'float':
        this.#at += 4
        return this.#bytes.readFloatLE(this.#at - 4)
      case 'list':
        return Array.from({ length: this.#varint() }, () => this.value(type.of))
      case 'map':
        return this.#map()
      case 'struct':
        return this.#struct(type.fields)
    }
  }

  #map(): Readonly<Record<string, string>> {
    const count = this.#varint()
    const entries: [string, string][] = []
    for (let i = 0; i < count; i++) entries.push([this.#text(), this.#text()])
    return Object.fromEntries(entries)
  }

  #struct(fields: readonly Column[]): Readonly<Record<string, unknown>> {
    const value: Record<string, unknown> = {}
    for (const { name, type } of fields) value[name] = this.value(type)
    return value
  }
}

const encoder = new Encoder()

/** Returns a row's bytes, in memory of their own. */
export function encodeRecord(record: IndexRecord): Uint8Array {
  encoder.at = 0
  const length = Buffer.byteLength(record.cid)
  encoder.room(8 + length)
  encoder.bytes.writeUInt32LE(length, 0)
  encoder.bytes.write(record.cid, 4)
  encoder.at = 8 + length
  encoder.present(RECORD, record)
  encoder.bytes.writeUInt32LE(encoder.at - 8 - length, 4 + length)
  return new Uint8Array(encoder.bytes.subarray(0, encoder.at))
}

/** Returns the row that stands for a record that was removed: its CID, and nothing behind it. */
export function encodeRemoval(cid: string): Uint8Array {
  const key = Buffer.from(cid)
  const row = new Uint8Array(8 + key.length)
  row.set(key, 4)
  new DataView(row.buffer).setUint32(0, key.length, true)
  return row
}

export const isRemoval = (row: Uint8Array): boolean =>
  row.length === 8 + (row[0]! | (row[1]! << 8) | (row[2]! << 16))

/** @param at where the row begins. */
export const decodeRecord = (bytes: Uint8Array, at = 0): IndexRecord =>
  decoderAt(bytes, at).present(RECORD) as IndexRecord

/** When content was read last. */
export type LastRead = Pick<IndexRecord, 'cid' | 'last_accessed'>

/** The columns up to the last read; what stands behind them is not looked at. */
const UP_TO_LAST_READ: ColumnType = {
  kind: 'struct',
  fields: COLUMNS.slice(0, 1 + COLUMNS.findIndex(({ name }) => name === 'last_accessed'))
}

/** @param at where the row begins. */
export const decodeLastRead = (bytes: Uint8Array, at = 0): LastRead =>
  decoderAt(bytes, at).present(UP_TO_LAST_READ) as LastRead

function decoderAt(bytes: Uint8Array, at: number): Decoder {
  const length = (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)) >>> 0
  return new Decoder(bytes, at + 8 + length)
}
