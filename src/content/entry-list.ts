/**
 * The entries of a directory that is being written, in flat memory: a million of them cost
 * their names and CIDs and 28 bytes each, and no objects.
 */
import { compareBytes, copyOf } from '../core/bytes.js'
import { Cid } from '../core/cid.js'
import type { PbLink } from './dag-pb.js'
import { Heap } from './heap.js'

export class EntryList {
  readonly heap = new Heap()
  /** Four numbers an entry, offsets into the heap: name, name length, CID, CID length. */
  rows = new Uint32Array(64)
  tsizes = new Float64Array(16)
  count = 0

  /** Add a name; its CID follows by setLink. @returns its index. */
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

  /** Indices in the order of their names' bytes. */
  byName(): Uint32Array {
    const order = new Uint32Array(this.count)
    for (let i = 0; i < order.length; i++) order[i] = i
    return order.sort((a, b) => compareBytes(this.name(a), this.name(b)))
  }
}
