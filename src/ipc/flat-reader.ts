/** Reads tables of a FlatBuffer. Bytes that are none make it throw a RangeError. */
import { textOf } from '../core/bytes.js'

export class FlatView {
  readonly #view: DataView
  readonly #at: number
  readonly #vtable: number

  private constructor(view: DataView, at: number) {
    this.#view = view
    this.#at = at
    this.#vtable = at - view.getInt32(at, true)
  }

  static root(bytes: Uint8Array): FlatView {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return new FlatView(view, view.getUint32(0, true))
  }

  /** Returns where a field is; undefined for one that has its default value. */
  #place(id: number): number | undefined {
    const slot = 4 + 2 * id
    if (slot >= this.#view.getUint16(this.#vtable, true)) return undefined
    const offset = this.#view.getUint16(this.#vtable + slot, true)
    return offset === 0 ? undefined : this.#at + offset
  }

  #follow(id: number): number | undefined {
    const place = this.#place(id)
    return place === undefined ? undefined : place + this.#view.getUint32(place, true)
  }

  table(id: number): FlatView | undefined {
    const at = this.#follow(id)
    return at === undefined ? undefined : new FlatView(this.#view, at)
  }

  i64(id: number): number {
    const place = this.#place(id)
    return place === undefined ? 0 : Number(this.#view.getBigInt64(place, true))
  }

  text(id: number): string {
    const at = this.#follow(id)
    if (at === undefined) return ''
    const length = this.#view.getUint32(at, true)
    return textOf(this.#bytes(at + 4, length)) ?? ''
  }

  tables(id: number): FlatView[] {
    const at = this.#follow(id)
    if (at === undefined) return []
    return Array.from({ length: this.#count(at, 4) }, (_, i) => {
      const place = at + 4 + 4 * i
      return new FlatView(this.#view, place + this.#view.getUint32(place, true))
    })
  }

  /** Returns the structs of a vector, each as a view of its own bytes. */
  structs(id: number, width: number): DataView[] {
    const at = this.#follow(id)
    if (at === undefined) return []
    const bytes = this.#bytes(at + 4, width * this.#count(at, width))
    return Array.from(
      { length: bytes.length / width },
      (_, i) => new DataView(bytes.buffer, bytes.byteOffset + width * i, width)
    )
  }

  /** Returns the length of a vector, which must end in the buffer. */
  #count(at: number, width: number): number {
    const count = this.#view.getUint32(at, true)
    if (at + 4 + count * width > this.#view.byteLength)
      throw new RangeError(`a vector at ${at} is longer than its buffer`)
    return count
  }

  #bytes(at: number, length: number): Uint8Array {
    if (at + length > this.#view.byteLength)
      throw new RangeError(`${length} bytes at ${at} are behind the end of the buffer`)
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + at, length)
  }
}
