/** Columns of one record batch, filled row by row into the buffers that Arrow wants of them. */
import type { ColumnType } from './streams.js'

type Cell = string | number | boolean | null

export interface ColumnBuilder {
  push(value: Cell): void
  readonly nulls: number
  /** Bytes of text so far, as offsets have 32 bits. */
  readonly textBytes: number
  /** Returns the buffers of the column in the order of the format; they are good until `clear`. */
  buffers(): readonly Uint8Array[]
  clear(): void
}

/** @param rows most rows of a batch. */
export function columnBuilder(type: ColumnType, rows: number): ColumnBuilder {
  if (type === 'string') return new TextBuilder(rows)
  return type === 'bool' ? new BitBuilder(rows) : new NumberBuilder(type, rows)
}

/** Which rows have a value: a bit for each. */
class Validity {
  readonly #bits: Uint8Array
  count = 0
  nulls = 0

  constructor(rows: number) {
    this.#bits = new Uint8Array((rows + 7) >> 3)
  }

  push(isThere: boolean): void {
    if (isThere) this.#bits[this.count >> 3]! |= 1 << (this.count & 7)
    else this.nulls++
    this.count++
  }

  /** None is needed where every row has a value. */
  get buffer(): Uint8Array {
    return this.#bits.subarray(0, this.nulls === 0 ? 0 : (this.count + 7) >> 3)
  }

  clear(): void {
    this.#bits.fill(0)
    this.count = 0
    this.nulls = 0
  }
}

class TextBuilder implements ColumnBuilder {
  readonly #validity: Validity
  readonly #offsets: Int32Array
  #bytes = Buffer.allocUnsafeSlow(1 << 16)
  textBytes = 0

  constructor(rows: number) {
    this.#validity = new Validity(rows)
    this.#offsets = new Int32Array(rows + 1)
  }

  get nulls(): number {
    return this.#validity.nulls
  }

  push(value: Cell): void {
    this.#validity.push(value !== null)
    if (value !== null) this.#append(String(value))
    this.#offsets[this.#validity.count] = this.textBytes
  }

  #append(text: string): void {
    // A character of JavaScript has three bytes at most.
    const most = this.textBytes + 3 * text.length
    if (most > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(most, 2 * this.#bytes.length))
      this.#bytes.copy(grown, 0, 0, this.textBytes)
      this.#bytes = grown
    }
    this.textBytes += this.#bytes.write(text, this.textBytes)
  }

  buffers(): readonly Uint8Array[] {
    const { buffer, count } = this.#validity
    return [buffer, bytesOf(this.#offsets, count + 1), this.#bytes.subarray(0, this.textBytes)]
  }

  clear(): void {
    this.#validity.clear()
    this.textBytes = 0
  }
}

class NumberBuilder implements ColumnBuilder {
  readonly #validity: Validity
  readonly #values: Int32Array | Float64Array | BigInt64Array
  readonly textBytes = 0

  constructor(type: ColumnType, rows: number) {
    this.#validity = new Validity(rows)
    this.#values =
      type === 'int32'
        ? new Int32Array(rows)
        : type === 'float64'
          ? new Float64Array(rows)
          : new BigInt64Array(rows)
  }

  get nulls(): number {
    return this.#validity.nulls
  }

  push(value: Cell): void {
    const at = this.#validity.count
    this.#validity.push(value !== null)
    const number = Number(value ?? 0)
    if (this.#values instanceof BigInt64Array) this.#values[at] = BigInt(Math.trunc(number))
    else this.#values[at] = number
  }

  buffers(): readonly Uint8Array[] {
    return [this.#validity.buffer, bytesOf(this.#values, this.#validity.count)]
  }

  clear(): void {
    this.#validity.clear()
  }
}

class BitBuilder implements ColumnBuilder {
  readonly #validity: Validity
  readonly #values: Uint8Array
  readonly textBytes = 0

  constructor(rows: number) {
    this.#validity = new Validity(rows)
    this.#values = new Uint8Array((rows + 7) >> 3)
  }

  get nulls(): number {
    return this.#validity.nulls
  }

  push(value: Cell): void {
    const at = this.#validity.count
    this.#validity.push(value !== null)
    if (value === true) this.#values[at >> 3]! |= 1 << (at & 7)
  }

  buffers(): readonly Uint8Array[] {
    return [this.#validity.buffer, this.#values.subarray(0, (this.#validity.count + 7) >> 3)]
  }

  clear(): void {
    this.#validity.clear()
    this.#values.fill(0)
  }
}

const bytesOf = (values: Int32Array | Float64Array | BigInt64Array, count: number): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, count * values.BYTES_PER_ELEMENT)
