/**
 * The entries of a directory that is being written, in flat memory: each costs its name, its CID
 * and 28 bytes, and no object, so that a million fit.
 */
import { compareBytes, copyOf } from '../core/bytes.js'
import { Cid } from '../core/cid.js'
import type { PbLink } from '../formats/dag-pb.js'
import { ByteArena } from './byte-arena.js'

/** Number of name bytes that a float64 holds exactly as an integer. */
const KEY_BYTES = 6

/** A growing list of entries. */
export class EntryList {
  readonly heap = new ByteArena()
  /** Four numbers per entry: name offset in the heap, name length, CID offset, CID length. */
  rows = new Uint32Array(64)
  tsizes = new Float64Array(16)
  count = 0

  /** Adds a name; setLink adds its CID later. @returns its index. */
  addName(name: Uint8Array): number {
    const i = this.count++
    if (i === this.tsizes.length) this.#grow()
    this.rows[i * 4] = this.heap.append(name)
    this.rows[i * 4 + 1] = name.length
    return i
  }

  #grow(): void {
    const rows = new Uint32Array(this.rows.length * 2)
    rows.set(this.rows)
    this.rows = rows
    const tsizes = new Float64Array(this.tsizes.length * 2)
    tsizes.set(this.tsizes)
    this.tsizes = tsizes
  }

  setLink(i: number, cid: Uint8Array, tsize: number): void {
    this.rows[i * 4 + 2] = this.heap.append(cid)
    this.rows[i * 4 + 3] = cid.length
    this.tsizes[i] = tsize
  }

  name(i: number): Uint8Array {
    return this.heap.get(this.rows[i * 4]!, this.rows[i * 4 + 1]!)
  }

  cidBytes(i: number): Uint8Array {
    return this.heap.get(this.rows[i * 4 + 2]!, this.rows[i * 4 + 3]!)
  }

  cid(i: number): Cid {
    return Cid.decode(copyOf(this.cidBytes(i)))
  }

  link(i: number): PbLink {
    return { name: this.name(i), cid: this.cidBytes(i), tsize: this.tsizes[i]! }
  }

  /** Returns the indices in bytewise order of their names; equal names in order of addition. */
  byName(): Uint32Array {
    const order = new Uint32Array(this.count)
    for (let i = 0; i < order.length; i++) order[i] = i
    // Numeric keys are compared first, because a million names take twenty million comparisons.
    const keys = this.#keys()
    return order.sort(
      (a, b) => keys[a]! - keys[b]! || compareBytes(this.name(a), this.name(b)) || a - b
    )
  }

  /** Returns for each name the bytes after the common prefix, as many as a number holds exactly. */
  #keys(): Float64Array {
    const keys = new Float64Array(this.count)
    const from = this.#commonPrefix()
    for (let i = 0; i < this.count; i++) {
      const name = this.name(i)
      for (let k = from; k < from + KEY_BYTES; k++) keys[i] = keys[i]! * 256 + (name[k] ?? 0)
    }
    return keys
  }

  #commonPrefix(): number {
    if (this.count === 0) return 0
    const first = this.name(0)
    let length = first.length
    for (let i = 1; i < this.count && length > 0; i++) {
      const name = this.name(i)
      let same = 0
      while (same < length && name[same] === first[same]) same++
      length = same
    }
    return length
  }
}
