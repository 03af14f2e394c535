/**
 * Which rows of a partition have which words, and the texts themselves, folded: a mapped file, so that a search reads a
 * few pages of it. All words lie behind each other in one text, and a part of a word is found by a search in those bytes.
 * Layout in FORMAT.md.
 */
import { writeFileDurable } from '../core/fs-durable.js'
import { mapFile, type MappedFile } from '../core/native.js'
import { wordsOf } from './searched-text.js'

const MAGIC = 0x32574b49 // "IKW2"
const HEADER = 24
/** Bytes of texts that are joined at a time. */
const PIECE = 1 << 20

interface Sizes {
  readonly words: number
  /** Bytes of the words. */
  readonly text: number
  /** Rows in all lists. */
  readonly listed: number
  readonly rows: number
}

/** Collects the words of the rows of a partition. */
export class WordIndexWriter {
  readonly #ids = new Map<string, number>()
  #counts = new Uint32Array(1024)
  #words = new Uint32Array(1024)
  #rows = new Uint32Array(1024)
  #count = 0
  #textEnds = new Uint32Array(1024)
  #texts = 0
  #rowCount = 0
  readonly #pieces: Uint8Array[] = []
  #piece = ''

  /** Adds the next row. @param text its folded texts, each a line. */
  push(text: string): void {
    const row = this.#rowCount++
    if (this.#rowCount === this.#textEnds.length) this.#textEnds = grown(this.#textEnds)
    this.#texts += Buffer.byteLength(text)
    this.#textEnds[this.#rowCount] = this.#texts
    this.#piece += text
    if (this.#piece.length > PIECE) this.#endPiece()
    const seen = new Set<number>()
    for (const word of wordsOf(text)) {
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

  #endPiece(): void {
    this.#pieces.push(Buffer.from(this.#piece))
    this.#piece = ''
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
    this.#endPiece()
    const header = new Uint32Array([MAGIC, count, text.length, this.#count, this.#rowCount, this.#texts]) // prettier-ignore
    const ends = this.#textEnds.subarray(0, this.#rowCount + 1)
    const numbers = [header, begins, lists, rows, ends].map(bytesOf)
    writeFileDurable(path, [...numbers, text, ...this.#pieces])
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
  readonly #ends: Uint32Array
  readonly #text: Buffer
  readonly #texts: Buffer

  private constructor(map: MappedFile, { words, text, listed, rows }: Sizes) {
    const { buffer, byteOffset } = map.bytes
    let at = byteOffset + HEADER
    const numbers = (count: number): Uint32Array => {
      const found = new Uint32Array(buffer, at, count)
      at += 4 * count
      return found
    }
    this.#map = map
    this.#begins = numbers(words + 1)
    this.#lists = numbers(words + 1)
    this.#rows = numbers(listed)
    this.#ends = numbers(rows + 1)
    this.#text = Buffer.from(buffer, at, text)
    this.#texts = Buffer.from(buffer, at + text, byteOffset + map.size - at - text)
  }

  /** Opens a file; undefined for one that is not whole. */
  static open(path: string): WordIndex | undefined {
    const map = mapFile(path)
    if (map.size >= HEADER) {
      const header = Buffer.from(map.view(0, HEADER))
      const number = (i: number): number => header.readUInt32LE(4 * i)
      const [words, text, listed, rows, texts] = [number(1), number(2), number(3), number(4), number(5)] // prettier-ignore
      const length = HEADER + 8 * (words + 1) + 4 * (listed + rows + 1) + text + texts
      if (number(0) === MAGIC && length === map.size)
        return new WordIndex(map, { words, text, listed, rows })
    }
    map.close()
    return undefined
  }

  /** Returns whether the texts of a row have a folded text in them. */
  hasText(row: number, wanted: Buffer): boolean {
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
