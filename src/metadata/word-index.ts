/**
 * Which rows of a partition have which words: a mapped file, so that a search reads a few pages of it. All
 * words lie behind each other in one text, each between two line feeds, and a part of a word is found by a search in those bytes.
 *
 * Little endian: magic, number of words, bytes of the text, number of rows in all lists (u32 each); for
 * each word where it begins in the text (u32) and where its rows begin (u32), both with one more at the end; the rows (u32 each,
 * ascending); the text.
 */
import { writeFileDurable } from '../core/fs-durable.js'
import { mapFile, type MappedFile } from '../core/native.js'

const MAGIC = 0x31574b49 // "IKW1"
const HEADER = 16

/** Collects the words of the rows of a partition. */
export class WordIndexWriter {
  readonly #ids = new Map<string, number>()
  #counts = new Uint32Array(1024)
  #words = new Uint32Array(1024)
  #rows = new Uint32Array(1024)
  #count = 0

  /** Adds a row's words, which may repeat. Rows come in their order. */
  push(row: number, words: Iterable<string>): void {
    const seen = new Set<number>()
    for (const word of words) {
      let id = this.#ids.get(word)
      if (id === undefined) {
        id = this.#ids.size
        this.#ids.set(word, id)
        if (id === this.#counts.length) this.#counts = grown(this.#counts)
      }
      if (seen.has(id)) continue
      seen.add(id)
      if (this.#count === this.#words.length) {
        this.#words = grown(this.#words)
        this.#rows = grown(this.#rows)
      }
      this.#counts[id]!++
      this.#words[this.#count] = id
      this.#rows[this.#count++] = row
    }
  }

  /** Writes the file and syncs it. */
  finish(path: string): void {
    const count = this.#ids.size
    const text = Buffer.from(`\n${[...this.#ids.keys()].join('\n')}\n`)
    const begins = new Uint32Array(count + 1)
    const lists = new Uint32Array(count + 1)
    let at = 1
    let id = 0
    for (const word of this.#ids.keys()) {
      begins[id] = at
      lists[id + 1] = lists[id]! + this.#counts[id]!
      at += Buffer.byteLength(word) + 1
      id++
    }
    begins[count] = at
    const next = lists.slice()
    const rows = new Uint32Array(this.#count)
    for (let i = 0; i < this.#count; i++) rows[next[this.#words[i]!]!++] = this.#rows[i]!
    const header = new Uint32Array([MAGIC, count, text.length, this.#count])
    writeFileDurable(path, [header, begins, lists, rows].map(bytesOf).concat(text))
  }
}

function grown(numbers: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * numbers.length)
  larger.set(numbers)
  return larger
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)

/** A word index that is open. Its memory must not be touched after close(). */
export class WordIndex {
  readonly #map: MappedFile
  readonly #begins: Uint32Array
  readonly #lists: Uint32Array
  readonly #rows: Uint32Array
  readonly #text: Buffer

  private constructor(map: MappedFile, words: number, rows: number) {
    const { buffer, byteOffset } = map.bytes
    const numbers = (at: number, count: number): Uint32Array =>
      new Uint32Array(buffer, byteOffset + at, count)
    this.#map = map
    this.#begins = numbers(HEADER, words + 1)
    this.#lists = numbers(HEADER + 4 * (words + 1), words + 1)
    this.#rows = numbers(HEADER + 8 * (words + 1), rows)
    this.#text = Buffer.from(buffer, byteOffset + HEADER + 8 * (words + 1) + 4 * rows)
  }

  /** Opens a file; undefined for one that is not whole. */
  static open(path: string): WordIndex | undefined {
    const map = mapFile(path)
    const { bytes } = map
    if (bytes.length >= HEADER) {
      const header = Buffer.from(bytes.buffer, bytes.byteOffset, HEADER)
      const number = (i: number): number => header.readUInt32LE(4 * i)
      const [words, text, rows] = [number(1), number(2), number(3)]
      const length = HEADER + 8 * (words + 1) + 4 * rows + text
      if (number(0) === MAGIC && length === bytes.length) return new WordIndex(map, words, rows)
    }
    map.close()
    return undefined
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
      kept = kept === undefined ? union(lists, total, rows) : intersection(kept, lists, rows)
    }
    return kept ?? new Uint32Array(0)
  }

  close(): void {
    this.#map.close()
  }
}

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
