/** The records of an open session: an insert-only hash table over flat slabs. */
import type { BlockRecord } from './ports.js'
import { decodeRecord, encodeRecord, KEY_BYTES, RECORD_BYTES } from './record.js'
import { compareKeys, type SegmentWriter } from './segment.js'

const SLAB_RECORDS = 8192
const SLAB_SHIFT = 13

interface Slab {
  readonly bytes: Uint8Array
  readonly view: DataView
}

/** A table that takes 92 bytes per record in slabs, and 8 to 16 bytes of hash slots. */
export class RecordTable {
  readonly #slabs: Slab[] = []
  #slots = new Int32Array(1 << 12).fill(-1)
  #count = 0

  get count(): number {
    return this.#count
  }

  #slotOf(key: Uint8Array): number {
    const mask = this.#slots.length - 1
    // Keys are digests, so any four of their bytes are a hash.
    let slot = ((key[4]! << 24) | (key[5]! << 16) | (key[6]! << 8) | key[7]!) & mask
    for (;;) {
      const index = this.#slots[slot]!
      if (index < 0) return slot
      const slab = this.#slabs[index >>> SLAB_SHIFT]!
      const at = (index & (SLAB_RECORDS - 1)) * RECORD_BYTES
      if (compareKeys(slab.bytes, at, key, 0) === 0) return slot
      slot = (slot + 1) & mask
    }
  }

  has(key: Uint8Array): boolean {
    return this.#slots[this.#slotOf(key)]! >= 0
  }

  get(key: Uint8Array): BlockRecord | undefined {
    const index = this.#slots[this.#slotOf(key)]!
    if (index < 0) return undefined
    const slab = this.#slabs[index >>> SLAB_SHIFT]!
    return decodeRecord(slab.view, (index & (SLAB_RECORDS - 1)) * RECORD_BYTES)
  }

  /** Inserts or replaces a record. */
  set(key: Uint8Array, record: BlockRecord): void {
    const slot = this.#slotOf(key)
    let index = this.#slots[slot]!
    if (index < 0) {
      index = this.#count++
      this.#slots[slot] = index
      if (index >>> SLAB_SHIFT === this.#slabs.length) this.#addSlab()
    }
    const slab = this.#slabs[index >>> SLAB_SHIFT]!
    encodeRecord(slab.bytes, slab.view, (index & (SLAB_RECORDS - 1)) * RECORD_BYTES, key, record)
    if (this.#count * 2 > this.#slots.length) this.#grow()
  }

  #addSlab(): void {
    const bytes = new Uint8Array(SLAB_RECORDS * RECORD_BYTES)
    this.#slabs.push({ bytes, view: new DataView(bytes.buffer) })
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2).fill(-1)
    for (let i = 0; i < this.#count; i++) {
      const at = (i & (SLAB_RECORDS - 1)) * RECORD_BYTES
      const key = this.#slabs[i >>> SLAB_SHIFT]!.bytes.subarray(at, at + KEY_BYTES)
      this.#slots[this.#slotOf(key)] = i
    }
  }

  /** Pushes every record in key order. */
  writeTo(writer: SegmentWriter): void {
    for (const index of this.#sorted()) {
      const slab = this.#slabs[index >>> SLAB_SHIFT]!
      writer.push(slab.bytes, (index & (SLAB_RECORDS - 1)) * RECORD_BYTES)
    }
  }

  /**
   * Returns the indices in key order: a counting sort on the first two bytes, then an insertion sort
   * in each bucket, which is short because keys are uniform. It needs no array of key objects.
   */
  #sorted(): Int32Array {
    const starts = new Int32Array(65537)
    for (let i = 0; i < this.#count; i++) starts[this.#prefix(i) + 1]!++
    for (let i = 1; i < starts.length; i++) starts[i]! += starts[i - 1]!
    const order = new Int32Array(this.#count)
    const fill = starts.slice(0, 65536)
    for (let i = 0; i < this.#count; i++) {
      const bucket = this.#prefix(i)
      let at = fill[bucket]!++
      for (; at > starts[bucket]! && this.#compare(order[at - 1]!, i) > 0; at--)
        order[at] = order[at - 1]!
      order[at] = i
    }
    return order
  }

  #prefix(index: number): number {
    const { bytes } = this.#slabs[index >>> SLAB_SHIFT]!
    const at = (index & (SLAB_RECORDS - 1)) * RECORD_BYTES
    return (bytes[at]! << 8) | bytes[at + 1]!
  }

  #compare(a: number, b: number): number {
    return compareKeys(
      this.#slabs[a >>> SLAB_SHIFT]!.bytes,
      (a & (SLAB_RECORDS - 1)) * RECORD_BYTES,
      this.#slabs[b >>> SLAB_SHIFT]!.bytes,
      (b & (SLAB_RECORDS - 1)) * RECORD_BYTES
    )
  }
}
