/**
 * Values in Thrift's compact protocol, in which Parquet's footers are: read into a tree and written back
 * without loss, whatever fields a writer uses.
 * Source: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */
import { KitError } from '../core/errors.js'

export enum ThriftType {
  TRUE = 1,
  FALSE = 2,
  BYTE = 3,
  I16 = 4,
  I32 = 5,
  I64 = 6,
  DOUBLE = 7,
  BINARY = 8,
  LIST = 9,
  SET = 10,
  MAP = 11,
  STRUCT = 12
}

export interface ThriftList {
  readonly type: ThriftType
  readonly items: ThriftValue[]
}

/** Fields in the order of their numbers. */
export type ThriftStruct = Map<number, ThriftField>

export interface ThriftField {
  readonly type: ThriftType
  value: ThriftValue
}

export type ThriftValue = boolean | number | bigint | Uint8Array | ThriftList | ThriftStruct

const MAX_DEPTH = 64

const malformed = (): KitError => new KitError('CORRUPT_FORMAT', 'malformed Thrift in a Parquet footer') // prettier-ignore

export const readThrift = (bytes: Uint8Array): ThriftStruct => new Reader(bytes).struct(0)

class Reader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  struct(depth: number): ThriftStruct {
    if (depth > MAX_DEPTH) throw malformed()
    const fields: ThriftStruct = new Map()
    for (let id = 0, head = this.#byte(); head !== 0; head = this.#byte()) {
      const delta = head >>> 4
      const type = (head & 15) as ThriftType
      id = delta === 0 ? Number(this.#zigzag()) : id + delta
      // A field of boolean has its value in its type.
      const isFlag = type === ThriftType.TRUE || type === ThriftType.FALSE
      fields.set(id, { type, value: isFlag ? type === ThriftType.TRUE : this.#value(type, depth) })
    }
    return fields
  }

  #value(type: ThriftType, depth: number): ThriftValue {
    switch (type) {
      case ThriftType.TRUE:
      case ThriftType.FALSE:
      case ThriftType.BYTE:
        return this.#byte()
      case ThriftType.I16:
      case ThriftType.I32:
        return Number(this.#zigzag())
      case ThriftType.I64:
        return this.#zigzag()
      case ThriftType.DOUBLE:
        return this.#take(8)
      case ThriftType.BINARY:
        return this.#take(Number(this.#varint()))
      case ThriftType.LIST:
      case ThriftType.SET:
        return this.#list(depth + 1)
      case ThriftType.STRUCT:
        return this.struct(depth + 1)
      default:
        throw malformed()
    }
  }

  #list(depth: number): ThriftList {
    if (depth > MAX_DEPTH) throw malformed()
    const head = this.#byte()
    const type = (head & 15) as ThriftType
    const short = head >>> 4
    const count = short === 15 ? Number(this.#varint()) : short
    if (count > this.#bytes.length - this.#at) throw malformed()
    return { type, items: Array.from({ length: count }, () => this.#value(type, depth)) }
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw malformed()
    return byte
  }

  #take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) throw malformed()
    return this.#bytes.subarray(this.#at, (this.#at += length))
  }

  #varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    throw malformed()
  }

  #zigzag(): bigint {
    const value = this.#varint()
    return value & 1n ? -(value >> 1n) - 1n : value >> 1n
  }
}

export function writeThrift(struct: ThriftStruct): Uint8Array {
  const writer = new Writer()
  writer.struct(struct)
  return writer.bytes()
}

class Writer {
  #buffer = Buffer.allocUnsafe(1 << 16)
  #at = 0

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#at)
  }

  struct(fields: ThriftStruct): void {
    let last = 0
    for (const [id, { type, value }] of fields) {
      const delta = id - last
      if (delta > 0 && delta < 16) this.#byte((delta << 4) | type)
      else {
        this.#byte(type)
        this.#zigzag(BigInt(id))
      }
      last = id
      if (type !== ThriftType.TRUE && type !== ThriftType.FALSE) this.#value(type, value)
    }
    this.#byte(0)
  }

  #value(type: ThriftType, value: ThriftValue): void {
    if (type === ThriftType.STRUCT) this.struct(value as ThriftStruct)
    else if (type === ThriftType.LIST || type === ThriftType.SET) this.#list(value as ThriftList)
    else if (type === ThriftType.BINARY) {
      this.#varint(BigInt((value as Uint8Array).length))
      this.#put(value as Uint8Array)
    } else if (type === ThriftType.DOUBLE) this.#put(value as Uint8Array)
    else if (type <= ThriftType.BYTE) this.#byte(Number(value))
    else this.#zigzag(BigInt(value as number | bigint))
  }

  #list({ type, items }: ThriftList): void {
    this.#byte((Math.min(items.length, 15) << 4) | type)
    if (items.length >= 15) this.#varint(BigInt(items.length))
    for (const item of items) this.#value(type, item)
  }

  #zigzag(value: bigint): void {
    this.#varint(value < 0n ? (-value << 1n) - 1n : value << 1n)
  }

  #varint(value: bigint): void {
    let rest = value
    for (; rest > 127n; rest >>= 7n) this.#byte(Number(rest & 127n) | 128)
    this.#byte(Number(rest))
  }

  #byte(byte: number): void {
    if (this.#at === this.#buffer.length) this.#grow(1)
    this.#buffer[this.#at++] = byte
  }

  #put(bytes: Uint8Array): void {
    if (this.#at + bytes.length > this.#buffer.length) this.#grow(bytes.length)
    this.#buffer.set(bytes, this.#at)
    this.#at += bytes.length
  }

  #grow(least: number): void {
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#at + least))
    larger.set(this.#buffer.subarray(0, this.#at))
    this.#buffer = larger
  }
}
