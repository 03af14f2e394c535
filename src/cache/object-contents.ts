/** The records of each object, for which the index has only the opposite direction. */
import type { Entry } from './record-entry.js'

const NONE: ReadonlySet<number> = new Set()

export class ObjectContents {
  readonly #blocks = new Map<number, Set<number>>()
  /** Records of the roots of whole files, by the object that holds the file. */
  readonly #roots = new Map<number, number>()

  /** Number of blocks in all objects. */
  get blockCount(): number {
    return [...this.#blocks.values()].reduce((sum, { size }) => sum + size, 0)
  }

  blocksOf(object: number): ReadonlySet<number> {
    return this.#blocks.get(object) ?? NONE
  }

  /** Returns the record of the file that an object holds whole; undefined for a pack. */
  rootOf(object: number): number | undefined {
    return this.#roots.get(object)
  }

  add(record: number, { object, whole }: Entry): void {
    if (object >= 0) {
      const blocks = this.#blocks.get(object) ?? new Set()
      this.#blocks.set(object, blocks.add(record))
    }
    if (whole >= 0) this.#roots.set(whole, record)
  }

  setRoot(object: number, record: number): void {
    this.#roots.set(object, record)
  }

  /** Removes a block from its object; the file that it is the root of stays known. */
  removeBlock(record: number, { object }: Entry): void {
    this.#blocks.get(object)?.delete(record)
  }

  remove(record: number, entry: Entry): void {
    this.removeBlock(record, entry)
    if (entry.whole >= 0) this.#roots.delete(entry.whole)
  }

  removeObject(object: number): void {
    this.#blocks.delete(object)
    this.#roots.delete(object)
  }
}
