/** Columns in Arrow's layout, filled value by value, for any type of the table of columns. */
import type { Bool, Data, DataType, Field, List, Map_, Struct, Utf8 } from 'apache-arrow'
import { loadArrow } from '../core/parquet-stream.js'
import type { Column, ColumnType } from './schema.js'

export interface ArrowColumn {
  /** @param value null where there is none. */
  push(value: unknown): void
  data(): Data
}

function pairType(): Struct {
  const { Field, Struct, Utf8 } = loadArrow()
  return new Struct([new Field('key', new Utf8(), false), new Field('value', new Utf8(), true)])
}

/** Returns Arrow's type. */
export function arrowType(type: ColumnType): DataType {
  const arrow = loadArrow()
  const { Map_: MapType } = arrow
  switch (type.kind) {
    case 'string':
      return new arrow.Utf8()
    case 'bool':
      return new arrow.Bool()
    case 'float':
      return new arrow.Float32()
    case 'time':
      return new arrow.TimestampMillisecond('UTC')
    case 'map':
      return new MapType(new arrow.Field('entries', pairType() as never, false))
    case 'int':
      return {
        8: new arrow.Int8(),
        16: new arrow.Int16(),
        32: new arrow.Int32(),
        64: new arrow.Int64()
      }[type.bits]
    case 'list':
      return new arrow.List(new arrow.Field('element', arrowType(type.of), true))
    case 'struct':
      return new arrow.Struct(type.fields.map(fieldOf))
  }
}

export const fieldOf = ({ name, type }: Column): Field =>
  new (loadArrow().Field)(name, arrowType(type), true)

export function arrowColumn(type: ColumnType): ArrowColumn {
  switch (type.kind) {
    case 'string':
      return new TextColumn()
    case 'bool':
      return new BoolColumn()
    case 'list':
      return new ListColumn(type.of)
    case 'map':
      return new MapColumn()
    case 'struct':
      return new StructColumn(type)
    default:
      return new NumberColumn(type)
  }
}

/** Bits that say which values there are. */
class Validity {
  #bits = new Uint8Array(1024)
  count = 0
  nulls = 0

  push(isThere: boolean): void {
    if (this.count >> 3 === this.#bits.length) {
      const grown = new Uint8Array(2 * this.#bits.length)
      grown.set(this.#bits)
      this.#bits = grown
    }
    if (isThere) this.#bits[this.count >> 3]! |= 1 << (this.count & 7)
    else this.nulls++
    this.count++
  }

  get bits(): Uint8Array {
    return this.#bits.subarray(0, (this.count + 7) >> 3)
  }

  get parts() {
    return { length: this.count, nullCount: this.nulls, nullBitmap: this.bits }
  }
}

/** Offsets of values of any length. */
class Offsets {
  #offsets = new Int32Array(1025)
  count = 0

  push(length: number): void {
    if (this.count + 1 === this.#offsets.length) {
      const grown = new Int32Array(2 * this.#offsets.length)
      grown.set(this.#offsets)
      this.#offsets = grown
    }
    this.#offsets[this.count + 1] = this.#offsets[this.count]! + length
    this.count++
  }

  get end(): number {
    return this.#offsets[this.count]!
  }

  get all(): Int32Array {
    return this.#offsets.subarray(0, this.count + 1)
  }
}

class TextColumn implements ArrowColumn {
  readonly #validity = new Validity()
  readonly #offsets = new Offsets()
  #bytes = Buffer.allocUnsafe(4096)

  push(value: unknown): void {
    this.#validity.push(typeof value === 'string')
    if (typeof value !== 'string') return this.#offsets.push(0)
    const at = this.#offsets.end
    const most = 3 * value.length
    if (at + most > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(2 * (at + most))
      grown.set(this.#bytes.subarray(0, at))
      this.#bytes = grown
    }
    this.#offsets.push(this.#bytes.write(value, at, 'utf8'))
  }

  data(): Data {
    const { all: valueOffsets, end } = this.#offsets
    const data = this.#bytes.subarray(0, end)
    return loadArrow().makeData({
      type: arrowType({ kind: 'string' }) as Utf8,
      ...this.#validity.parts,
      valueOffsets,
      data
    })
  }
}

class BoolColumn implements ArrowColumn {
  readonly #validity = new Validity()
  readonly #values = new Validity()

  push(value: unknown): void {
    this.#validity.push(typeof value === 'boolean')
    this.#values.push(value === true)
  }

  data(): Data {
    return loadArrow().makeData({
      type: arrowType({ kind: 'bool' }) as Bool,
      ...this.#validity.parts,
      data: this.#values.bits
    })
  }
}

type Numbers = Int8Array | Int16Array | Int32Array | Float32Array | BigInt64Array

class NumberColumn implements ArrowColumn {
  readonly #type: ColumnType
  readonly #validity = new Validity()
  #values: Numbers

  constructor(type: ColumnType) {
    this.#type = type
    this.#values = this.#room(1024)
  }

  #room(count: number): Numbers {
    const type = this.#type
    if (type.kind === 'float') return new Float32Array(count)
    if (type.kind !== 'int' || type.bits === 64) return new BigInt64Array(count)
    if (type.bits === 8) return new Int8Array(count)
    return type.bits === 16 ? new Int16Array(count) : new Int32Array(count)
  }

  push(value: unknown): void {
    const { count } = this.#validity
    if (count === this.#values.length) {
      const grown = this.#room(2 * count)
      grown.set(this.#values as never)
      this.#values = grown
    }
    if (typeof value === 'number') {
      if (this.#values instanceof BigInt64Array) this.#values[count] = BigInt(value)
      else this.#values[count] = value
    }
    this.#validity.push(typeof value === 'number')
  }

  data(): Data {
    const data = this.#values.subarray(0, this.#validity.count)
    return loadArrow().makeData({
      type: arrowType(this.#type),
      ...this.#validity.parts,
      data
    } as never)
  }
}

class ListColumn implements ArrowColumn {
  readonly #of: ColumnType
  readonly #validity = new Validity()
  readonly #offsets = new Offsets()
  readonly #child: ArrowColumn

  constructor(of: ColumnType) {
    this.#of = of
    this.#child = arrowColumn(of)
  }

  push(value: unknown): void {
    const values = Array.isArray(value) ? (value as readonly unknown[]) : undefined
    this.#validity.push(values !== undefined)
    this.#offsets.push(values?.length ?? 0)
    for (const one of values ?? []) this.#child.push(one)
  }

  data(): Data {
    const type = arrowType({ kind: 'list', of: this.#of }) as List
    const { all: valueOffsets } = this.#offsets
    return loadArrow().makeData({
      type,
      ...this.#validity.parts,
      valueOffsets,
      child: this.#child.data()
    })
  }
}

class MapColumn implements ArrowColumn {
  readonly #validity = new Validity()
  readonly #offsets = new Offsets()
  readonly #keys = new TextColumn()
  readonly #values = new TextColumn()
  #count = 0

  push(value: unknown): void {
    const entries = typeof value === 'object' && value !== null ? Object.entries(value) : undefined
    this.#validity.push(entries !== undefined)
    this.#offsets.push(entries?.length ?? 0)
    for (const [key, text] of entries ?? []) {
      this.#keys.push(key)
      this.#values.push(text)
      this.#count++
    }
  }

  data(): Data {
    const children = [this.#keys.data(), this.#values.data()]
    const child = loadArrow().makeData({
      type: pairType(),
      length: this.#count,
      nullCount: 0,
      children
    })
    const { all: valueOffsets } = this.#offsets
    const type = arrowType({ kind: 'map' }) as Map_
    return loadArrow().makeData({ type, ...this.#validity.parts, valueOffsets, child } as never)
  }
}

class StructColumn implements ArrowColumn {
  readonly #type: ColumnType & { readonly kind: 'struct' }
  readonly #validity = new Validity()
  readonly #children: readonly ArrowColumn[]

  constructor(type: ColumnType & { readonly kind: 'struct' }) {
    this.#type = type
    this.#children = type.fields.map((field) => arrowColumn(field.type))
  }

  push(value: unknown): void {
    const isThere = typeof value === 'object' && value !== null
    this.#validity.push(isThere)
    const own = (isThere ? value : {}) as Readonly<Record<string, unknown>>
    for (const [i, { name }] of this.#type.fields.entries())
      this.#children[i]!.push(own[name] ?? null)
  }

  data(): Data {
    const children = this.#children.map((child) => child.data())
    const type = arrowType(this.#type) as Struct
    return loadArrow().makeData({ type, ...this.#validity.parts, children })
  }
}
