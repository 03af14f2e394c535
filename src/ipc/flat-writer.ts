/**
 * Writes FlatBuffers, in which Arrow keeps its schemas and the places of its columns. Each table is
 * written before what it points to, so that one pass is enough.
 * Source: https://flatbuffers.dev/internals/
 */
import { utf8 } from '../core/bytes.js'

/** A scalar of a table, a text, a table, or a vector of either tables or structs. */
export type FlatField =
  | { readonly bytes: 1 | 2 | 4 | 8; readonly value: number }
  | { readonly text: string }
  | { readonly table: FlatTable }
  | { readonly tables: readonly FlatTable[] }
  | { readonly structs: Uint8Array; readonly count: number }

/** Fields by their ids in the schema; undefined for one that has its default value. */
export type FlatTable = readonly (FlatField | undefined)[]

export const i8 = (value: number): FlatField => ({ bytes: 1, value })
export const i16 = (value: number): FlatField => ({ bytes: 2, value })
export const i32 = (value: number): FlatField => ({ bytes: 4, value })
export const i64 = (value: number): FlatField => ({ bytes: 8, value })

const widthOf = (field: FlatField): 1 | 2 | 4 | 8 => ('bytes' in field ? field.bytes : 4)

/** Returns the bytes of a buffer whose root is a table; their number is a multiple of eight. */
export function flatBuffer(root: FlatTable): Uint8Array {
  const writer = new FlatWriter()
  writer.pointTo(writer.take(4), root)
  return writer.finish()
}

class FlatWriter {
  #bytes = Buffer.alloc(1024)
  #length = 0

  finish(): Uint8Array {
    this.#alignTo(8, 0)
    return this.#bytes.subarray(0, this.#length)
  }

  /** Returns the offset of new bytes, which are zero. */
  take(count: number): number {
    const at = this.#length
    while (at + count > this.#bytes.length)
      this.#bytes = Buffer.concat([this.#bytes, Buffer.alloc(this.#bytes.length)])
    this.#length += count
    return at
  }

  /** Skips bytes, so that what comes `after` bytes behind is aligned. */
  #alignTo(width: number, after: number): void {
    this.take((width - ((this.#length + after) % width)) % width)
  }

  /** Writes a table, and at `from` the offset that leads to it. */
  pointTo(from: number, table: FlatTable): void {
    const slots = [...table.entries()]
      .flatMap(([id, field]) => (field === undefined ? [] : [{ id, field }]))
      .sort((a, b) => widthOf(b.field) - widthOf(a.field))
    this.#alignTo(4, 0)
    const vtable = this.take(4 + 2 * table.length)
    // Its first field is behind four bytes, and the widest fields come first.
    this.#alignTo(8, 4)
    const start = this.take(4)
    const places = slots.map(({ field }) => this.take(widthOf(field)))
    this.#bytes.writeUInt16LE(4 + 2 * table.length, vtable)
    this.#bytes.writeUInt16LE(this.#length - start, vtable + 2)
    slots.forEach(({ id }, i) => this.#bytes.writeUInt16LE(places[i]! - start, vtable + 4 + 2 * id))
    this.#bytes.writeInt32LE(start - vtable, start)
    this.#bytes.writeUInt32LE(start - from, from)
    slots.forEach(({ field }, i) => this.#fill(places[i]!, field))
  }

  #fill(at: number, field: FlatField): void {
    if ('table' in field) this.pointTo(at, field.table)
    else if ('text' in field) this.#text(at, utf8(field.text))
    else if ('tables' in field) this.#tables(at, field.tables)
    else if ('structs' in field) this.#structs(at, field.structs, field.count)
    else if (field.bytes === 8) this.#bytes.writeBigInt64LE(BigInt(field.value), at)
    else this.#bytes.writeIntLE(field.value, at, field.bytes)
  }

  #vector(from: number, count: number, width: number): void {
    this.#alignTo(width, 4)
    const at = this.take(4)
    this.#bytes.writeUInt32LE(at - from, from)
    this.#bytes.writeUInt32LE(count, at)
  }

  #text(from: number, bytes: Uint8Array): void {
    this.#vector(from, bytes.length, 4)
    // One zero byte ends a text.
    this.#put(bytes, this.take(bytes.length + 1))
    this.#alignTo(4, 0)
  }

  #structs(from: number, bytes: Uint8Array, count: number): void {
    this.#vector(from, count, 8)
    this.#put(bytes, this.take(bytes.length))
  }

  #tables(from: number, tables: readonly FlatTable[]): void {
    this.#vector(from, tables.length, 4)
    const places = tables.map(() => this.take(4))
    tables.forEach((table, i) => this.pointTo(places[i]!, table))
  }

  #put(bytes: Uint8Array, at: number): void {
    this.#bytes.set(bytes, at)
  }
}
