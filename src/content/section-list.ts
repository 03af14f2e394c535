/** The sections of an archive that is planned, in flat memory: some 42 bytes for each, no objects. */
import { Cid } from '../core/cid.js'

/** Bytes before each CID: its length, and that of the block. */
const HEAD = 6
const FIRST_BYTES = 4096

export interface PlannedSection {
  readonly cid: Cid
  /** Length of the block in bytes. */
  readonly length: number
}

export class SectionList {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES)
  #used = 0
  count = 0

  add({ bytes }: Cid, length: number): void {
    if (this.#used + HEAD + bytes.length > this.#bytes.length) this.#grow()
    this.#bytes.writeUInt16LE(bytes.length, this.#used)
    this.#bytes.writeUInt32LE(length, this.#used + 2)
    this.#bytes.set(bytes, this.#used + HEAD)
    this.#used += HEAD + bytes.length
    this.count++
  }

  #grow(): void {
    const grown = Buffer.allocUnsafe(2 * this.#bytes.length)
    grown.set(this.#bytes.subarray(0, this.#used))
    this.#bytes = grown
  }

  /** Yields the sections in the order in which they were added. */
  *[Symbol.iterator](): Generator<PlannedSection, void, undefined> {
    for (let at = 0; at < this.#used;) {
      const start = at + HEAD
      const end = start + this.#bytes.readUInt16LE(at)
      const length = this.#bytes.readUInt32LE(at + 2)
      at = end
      yield { cid: Cid.at(this.#bytes, start, end), length }
    }
  }
}
