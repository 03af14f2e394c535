/**
 * Which rows of a partition have which words, and the texts themselves, folded: a mapped file, so that a search reads a
 * few pages of it. All words lie behind each other in one text, and a part of a word is found by a search in those bytes.
 * Layout in FORMAT.md.
 */
import { mapFile, type MappedFile } from '../core/native.js'
import { joints, SIGN } from './joints.js'

export const MAGIC = 0x33574b49 // "IKW3"
export const HEADER = 24

interface Sizes {
  readonly words: number
  /** Bytes of the words. */
  readonly text: number
  /** Rows in all lists. */
  readonly listed: number
  readonly rows: number
  /** Bytes of the texts of all rows. */
  readonly texts: number
}

/** A word index that is open. Its memory must not be touched after close(). */
export class WordIndex {
  readonly #map: MappedFile
  readonly #begins: Uint32Array
  readonly #lists: Uint32Array
  readonly #rows: Uint32Array
  readonly #ends: Uint32Array
  readonly #signs: Uint32Array
  readonly #text: Buffer
  readonly #texts: Buffer

  private constructor(map: MappedFile, { words, text, listed, rows, texts }: Sizes) {
    const { buffer, byteOffset } = map.bytes
    this.#map = map
    this.#texts = Buffer.from(buffer, byteOffset + HEADER, texts)
    let at = byteOffset + HEADER + padded(texts)
    const numbers = (count: number): Uint32Array => {
      const found = new Uint32Array(buffer, at, count)
      at += 4 * count
      return found
    }
    this.#lists = numbers(words + 1)
    this.#rows = numbers(listed)
    this.#ends = numbers(rows + 1)
    this.#signs = numbers(rows * SIGN)
    this.#begins = numbers(words + 1)
    this.#text = Buffer.from(buffer, at, text)
  }

  /** Opens a file; undefined for one that is not whole. */
  static open(path: string): WordIndex | undefined {
    const map = mapFile(path)
    if (map.size >= HEADER) {
      const header = Buffer.from(map.view(0, HEADER))
      const number = (i: number): number => header.readUInt32LE(4 * i)
      const [words, text, listed, rows, texts] = [number(1), number(2), number(3), number(4), number(5)] // prettier-ignore
      const counted = 2 * (words + 1) + listed + rows + 1 + rows * SIGN
      const length = HEADER + padded(texts) + 4 * counted + text
      if (number(0) === MAGIC && length === map.size)
        return new WordIndex(map, { words, text, listed, rows, texts })
    }
    map.close()
    return undefined
  }

  #hasText(row: number, wanted: Buffer): boolean {
    return this.#texts.subarray(this.#ends[row], this.#ends[row + 1]).includes(wanted)
  }

  /** Yields the rows with a word that has `part` in it: a list for each such word. */
  *#listsOf(part: string): Iterable<Uint32Array> {
    const wanted = Buffer.from(part)
    let at = this.#text.indexOf(wanted)
    while (at >= 0) {
      const word = this.#wordAt(at)
      yield this.#rows.subarray(this.#lists[word], this.#lists[word + 1])
      at = this.#text.indexOf(wanted, this.#begins[word + 1])
    }
  }

  /** Returns the word that lies at a place of the text. */
  #wordAt(place: number): number {
    let low = 0
    let high = this.#begins.length - 1
    while (low + 1 < high) {
      const middle = (low + high) >>> 1
      if (this.#begins[middle]! <= place) low = middle
      else high = middle
    }
    return low
  }

  /**
   * Returns the rows that have each of some parts in one of their words, ascending.
   * @param parts folded; at least one.
   * @param rows number of rows of the partition.
   */
  find(parts: readonly string[], rows: number): Uint32Array {
    // The rarest first, so that the others have little to check.
    const found = parts
      .map((part) => {
        const lists = [...this.#listsOf(part)]
        return { lists, total: lists.reduce((sum, { length }) => sum + length, 0) }
      })
      .sort((a, b) => a.total - b.total)
    let kept: Uint32Array | undefined
    for (const { lists, total } of found) {
      if (total === 0) return new Uint32Array(0)
      // A word that every row has says nothing.
      const isEverywhere = lists.length === 1 && total === rows
      if (kept === undefined) kept = union(lists, total, rows)
      else if (!isEverywhere) kept = intersection(kept, lists, rows)
    }
    return kept ?? new Uint32Array(0)
  }

  /** Yields the rows whose texts have a folded text in them, ascending. @param rows of `find`. */
  *withText(rows: Uint32Array, text: string): Iterable<number> {
    const bits = joints(text)
    const wanted = Buffer.from(text)
    for (const row of rows) if (this.#hasJoints(row, bits) && this.#hasText(row, wanted)) yield row
  }

  #hasJoints(row: number, bits: readonly number[]): boolean {
    const at = row * SIGN
    for (const bit of bits)
      if ((this.#signs[at + (bit >>> 5)]! & (1 << (bit & 31))) === 0) return false
    return true
  }

  close(): void {
    this.#map.close()
  }
}

/** Numbers behind the texts begin at a multiple of four. */
const padded = (bytes: number): number => bytes + (-bytes & 3)

/** Lists with fewer numbers in all are sorted; more are marked in a field of bits. */
const FEW = 4096

function union(lists: readonly Uint32Array[], total: number, rows: number): Uint32Array {
  if (lists.length === 1) return lists[0]!
  if (total > FEW) return marked(bitsOf(lists, rows), rows)
  const all = new Uint32Array(total)
  let at = 0
  for (const list of lists) {
    all.set(list, at)
    at += list.length
  }
  all.sort()
  return all.filter((row, i) => i === 0 || all[i - 1] !== row)
}

function intersection(kept: Uint32Array, lists: readonly Uint32Array[], rows: number): Uint32Array {
  const bits = bitsOf(lists, rows)
  return kept.filter((row) => (bits[row >>> 5]! & (1 << (row & 31))) !== 0)
}

function bitsOf(lists: readonly Uint32Array[], rows: number): Uint32Array {
  const bits = new Uint32Array((rows >>> 5) + 1)
  for (const list of lists) for (const row of list) bits[row >>> 5]! |= 1 << (row & 31)
  return bits
}

function marked(bits: Uint32Array, rows: number): Uint32Array {
  const found = new Uint32Array(rows)
  let count = 0
  for (let i = 0; i < bits.length; i++)
    for (let rest = bits[i]!; rest !== 0; rest &= rest - 1)
      found[count++] = 32 * i + (31 - Math.clz32(rest & -rest))
  return found.subarray(0, count)
}
