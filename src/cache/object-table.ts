/** The table of objects in the index: the files of the disk tier, by slot. */

/** Indices of an object's 32-bit words, and of its floats. */
export const ObjectWord = { STATE: 0, KIND: 1, GENERATION: 2, SUSPECT: 3, TOUCHES: 4, TOUCHED: 5, COMPLETE: 6 } as const // prettier-ignore
export const ObjectFloat = { SIZE: 4, MTIME: 5, CTIME: 6, CREATED: 7 } as const
/** States of an object: unused, being written, and synced with its size and times recorded. */
export const ObjectState = { FREE: 0, OPEN: 1, SEALED: 2 } as const
export const ObjectKind = { PACK: 1, FILE: 2 } as const

export const OBJECT_BYTES = 64

export class ObjectTable {
  readonly capacity: number
  readonly #words: Int32Array
  readonly #floats: Float64Array

  /** @param at byte offset of the table. */
  constructor(memory: ArrayBufferLike, at: number, capacity: number) {
    this.capacity = capacity
    this.#words = new Int32Array(memory, at, (capacity * OBJECT_BYTES) / 4)
    this.#floats = new Float64Array(memory, at, (capacity * OBJECT_BYTES) / 8)
  }

  word(object: number, word: number): number {
    return Atomics.load(this.#words, (object * OBJECT_BYTES) / 4 + word)
  }

  setWord(object: number, word: number, value: number): void {
    Atomics.store(this.#words, (object * OBJECT_BYTES) / 4 + word, value)
  }

  addWord(object: number, word: number, value: number): void {
    Atomics.add(this.#words, (object * OBJECT_BYTES) / 4 + word, value)
  }

  float(object: number, float: number): number {
    return this.#floats[(object * OBJECT_BYTES) / 8 + float]!
  }

  setFloat(object: number, float: number, value: number): void {
    this.#floats[(object * OBJECT_BYTES) / 8 + float] = value
  }

  /** Returns whether a slot is in use, in the generation that a record refers to. */
  isCurrent(object: number, generation: number): boolean {
    return (
      object >= 0 &&
      object < this.capacity &&
      this.word(object, ObjectWord.GENERATION) === generation &&
      this.word(object, ObjectWord.STATE) !== ObjectState.FREE
    )
  }
}
