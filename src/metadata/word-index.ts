/**
 * Which rows of a partition have which words, and the texts themselves, folded: a mapped file, so that a search reads a
 * few pages of it. All words lie behind each other in one text, and a part of a word is found by a search in those bytes.
 * Layout in FORMAT.md.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { mapFile, type MappedFile } from '../core/native.js'
import { joints, placeOf, signsOf } from './joints.js'
import { wordsOf } from './searched-text.js'

export const MAGIC = 0x35574b49 // "IKW5"
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

/** The rows of all words that have one part in them. */
interface RowsOfWord {
  readonly lists: readonly Uint32Array[]
  readonly total: number
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
    this.#signs = numbers(signsOf(rows))
    this.#begins = numbers(words + 1)
    this.#text = Buffer.from(buffer, at, text)
  }

  /** Returns whether a file is one of this version, without mapping it. */
  static isReadable(path: string): boolean {
    const fd = openSync(path, 'r')
    try {
      const magic = Buffer.alloc(4)
      return readSync(fd, magic) === 4 && magic.readUInt32LE() === MAGIC
    } finally {
      closeSync(fd)
    }
  }

  /** Opens a file; undefined for one that is not whole. */
  static open(path: string): WordIndex | undefined {
    const map = mapFile(path)
    if (map.size >= HEADER) {
      const header = Buffer.from(map.view(0, HEADER))
      const number = (i: number): number => header.readUInt32LE(4 * i)
      const [words, text, listed, rows, texts] = [number(1), number(2), number(3), number(4), number(5)] // prettier-ignore
      const counted = 2 * (words + 1) + listed + rows + 1 + signsOf(rows)
      const length = HEADER + padded(texts) + 4 * counted + text
      if (number(0) === MAGIC && length === map.size)
        return new WordIndex(map, { words, text, listed, rows, texts })
    }
    map.close()
    return undefined
  }

  /** Number of rows. */
  get count(): number {
    return this.#ends.length - 1
  }

  /** Returns the lists of the rows with a word that has `part` in it; undefined where more than `most` words have. */
  #listsOf(part: string, most: number): readonly Uint32Array[] | undefined {
    const wanted = Buffer.from(part)
    const words: number[] = []
    let at = this.#text.indexOf(wanted)
    while (at >= 0) {
      if (words.length === most) return undefined
      const word = lastNotAfter(this.#begins, at, words.at(-1))
      words.push(word)
      at = this.#text.indexOf(wanted, this.#begins[word + 1])
    }
    return words.map((word) => this.#rows.subarray(this.#lists[word], this.#lists[word + 1]))
  }

  /**
   * Returns the rows of each word of a text that tells rows apart, the rarest first; undefined where a word is nowhere.
   * @param text folded.
   */
  #rowsOfWords(text: string): readonly RowsOfWord[] | undefined {
    const found: RowsOfWord[] = []
    const words = wordsOf(text)
    // Rows with a part of a word are found soon where many words have it.
    const most = words.length === 1 && words[0] === text ? SOON : MANY_WORDS
    // A letter beside other words is in most rows, if in any: joints tell these apart.
    const letters = words.length === 1 ? [] : words.filter(({ length }) => length === 1)
    if (letters.some((letter) => !this.#text.includes(letter))) return undefined
    const telling = words.filter((word) => !letters.includes(word))
    // The longest first, which most likely is nowhere.
    for (const part of [...new Set(telling)].sort((a, b) => b.length - a.length)) {
      const lists = this.#listsOf(part, most)
      if (lists === undefined) continue
      const total = lists.reduce((sum, { length }) => sum + length, 0)
      if (total === 0) return undefined
      // A word that every row has says nothing.
      if (lists.length > 1 || total < this.count) found.push({ lists, total })
    }
    // The rarest first, so that the others have little to check.
    return found.sort((a, b) => a.total - b.total)
  }

  /**
   * Returns the rows that may have a text, since they have each of its words in one of theirs, ascending; undefined where
   * any row may.
   * @param text folded.
   */
  rowsOf(text: string): Uint32Array | undefined {
    const words = this.#rowsOfWords(text)
    return words === undefined ? new Uint32Array(0) : this.#common(words)
  }

  #common([rarest, ...others]: readonly RowsOfWord[]): Uint32Array | undefined {
    if (rarest === undefined) return undefined
    return others.reduce(
      (kept, { lists }) => intersection(kept, lists, this.count),
      union(rarest.lists, rarest.total, this.count)
    )
  }

  /** Yields the rows whose texts have a folded text in them, ascending. */
  *withText(text: string): Iterable<number> {
    const words = this.#rowsOfWords(text)
    if (words === undefined) return
    const bits = joints(text)
    const wanted = Buffer.from(text)
    const isCommon = words.length === 0 || words[0]!.total > FEW
    if (wanted.length === 0) yield* everyRow(this.count)
    // Of words that many rows have, far fewer have them side by side.
    else if (isCommon && bits.length > 0) yield* this.#among(this.#rowsWithJoints(bits), [], wanted)
    else if (words.length === 0 || this.#isDense(words)) yield* this.#anywhere(wanted)
    else yield* this.#among(this.#common(words)!, bits, wanted)
  }

  /** Whether so many rows have a text of one word that the first of them are met sooner than their lists are joined. */
  #isDense(words: readonly RowsOfWord[]): boolean {
    return words.length === 1 && words[0]!.total > this.count / DENSE
  }

  /** Yields the rows that have all of some bits, ascending. */
  *#rowsWithJoints(bits: readonly number[]): Iterable<number> {
    for (let row = 0; row < this.count; row += 32) {
      let all = -1
      for (const bit of bits) all &= this.#signs[placeOf(row, bit)]!
      for (let rest = all; rest !== 0; rest &= rest - 1) yield row + 31 - Math.clz32(rest & -rest)
    }
  }

  *#among(rows: Iterable<number>, bits: readonly number[], wanted: Buffer): Iterable<number> {
    for (const row of rows) if (this.#hasJoints(row, bits) && this.#hasText(row, wanted)) yield row
  }

  /** Looks for a text in those of all rows at once. */
  *#anywhere(wanted: Buffer): Iterable<number> {
    let at = this.#texts.indexOf(wanted)
    while (at >= 0) {
      const row = lastNotAfter(this.#ends, at)
      const end = this.#ends[row + 1]!
      // It may reach into the next row, which begins behind a line feed.
      if (at + wanted.length <= end) yield row
      at = this.#texts.indexOf(wanted, at + wanted.length <= end ? end : at + 1)
    }
  }

  #hasText(row: number, wanted: Buffer): boolean {
    return this.#texts.subarray(this.#ends[row], this.#ends[row + 1]).includes(wanted)
  }

  #hasJoints(row: number, bits: readonly number[]): boolean {
    const own = 1 << (row & 31)
    for (const bit of bits) if ((this.#signs[placeOf(row, bit)]! & own) === 0) return false
    return true
  }

  close(): void {
    this.#map.close()
  }
}

/** Words with one part from which on their lists cost more than a look at all texts. */
const MANY_WORDS = 20_000
/** Words with one part from which on a look at the texts meets the first ones before their lists are there. */
const SOON = 1000

/** One in so many rows. */
const DENSE = 8

function* everyRow(count: number): Iterable<number> {
  for (let row = 0; row < count; row++) yield row
}

/**
 * Returns the index of the last of ascending numbers, but for the end behind them, that is not after a place.
 * @param from an index that is not behind it, from which the search goes on in longer and longer steps.
 */
function lastNotAfter(begins: Uint32Array, place: number, from = 0): number {
  const last = begins.length - 1
  let low = from
  let step = from === 0 ? last : 1
  while (low + step < last && begins[low + step]! <= place) {
    low += step
    step *= 2
  }
  let high = Math.min(last, low + step)
  while (low + 1 < high) {
    const middle = (low + high) >>> 1
    if (begins[middle]! <= place) low = middle
    else high = middle
  }
  return low
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
