/** Writes a word index (word-index.ts, which reads it; layout in FORMAT.md). */
import { closeSync, fsyncSync } from 'node:fs'
import { openOwn, writeFully } from '../core/fs-durable.js'
import { joints, placeOf, signsOf } from './joints.js'
import { wordsOf } from './searched-text.js'
import { HEADER, MAGIC } from './word-index.js'

/** Bytes of texts that are joined at a time. */
const PIECE = 1 << 20

/** Writes the words of the rows of a partition. Their texts go to the file as they come. */
export class WordIndexWriter {
  readonly #fd: number
  #isClosed = false
  readonly #ids = new Map<string, number>()
  #counts = new Uint32Array(1024)
  /** The words of all rows, in the order of the rows. */
  #words = new Uint32Array(1024)
  #count = 0
  /** Where the words of each row end. */
  #wordEnds = new Uint32Array(1024)
  #textEnds = new Uint32Array(1024)
  #signs = new Uint32Array(signsOf(1024))
  #texts = 0
  #rows = 0
  #piece = ''

  /** @param path is replaced. */
  constructor(path: string) {
    this.#fd = openOwn(path, 'replace')
    writeFully(this.#fd, new Uint8Array(HEADER))
  }

  /** Adds the next row. @param text its folded texts, each a line. */
  push(text: string): void {
    const row = this.#rows++
    if (this.#rows === this.#textEnds.length) {
      this.#textEnds = grown(this.#textEnds)
      this.#wordEnds = grown(this.#wordEnds)
      this.#signs = grown(this.#signs)
    }
    this.#texts += Buffer.byteLength(text)
    this.#textEnds[this.#rows] = this.#texts
    this.#piece += text
    if (this.#piece.length > PIECE) this.#endPiece()
    const first = this.#count
    for (const word of wordsOf(text)) this.#add(word, first)
    this.#wordEnds[this.#rows] = this.#count
    for (const bit of joints(text)) this.#signs[placeOf(row, bit)]! |= 1 << (row & 31)
  }

  /** @param first where the words of the row begin, which has each word once. */
  #add(word: string, first: number): void {
    let id = this.#ids.get(word)
    if (id === undefined) {
      id = this.#ids.size
      this.#ids.set(word, id)
      if (id === this.#counts.length) this.#counts = grown(this.#counts)
    }
    for (let i = first; i < this.#count; i++) if (this.#words[i] === id) return
    if (this.#count === this.#words.length) this.#words = grown(this.#words)
    this.#counts[id]!++
    this.#words[this.#count++] = id
  }

  #endPiece(): void {
    writeFully(this.#fd, Buffer.from(this.#piece))
    this.#piece = ''
  }

  /** Writes the rest of the file and syncs it. */
  finish(): void {
    this.#endPiece()
    const padding = -this.#texts & 3
    writeFully(this.#fd, new Uint8Array(padding))
    const words = this.#ids.size
    const { lists, rows } = this.#lists(words)
    writeFully(this.#fd, bytesOf(lists))
    writeFully(this.#fd, bytesOf(rows))
    writeFully(this.#fd, bytesOf(this.#textEnds.subarray(0, this.#rows + 1)))
    writeFully(this.#fd, bytesOf(this.#signs.subarray(0, signsOf(this.#rows))))
    const text = this.#writeWords(words)
    const header = [MAGIC, words, text, this.#count, this.#rows, this.#texts]
    writeFully(this.#fd, bytesOf(new Uint32Array(header)), 0)
    fsyncSync(this.#fd)
    this.abandon()
  }

  /** Returns the rows of all words, and where those of each word begin. */
  #lists(words: number): { readonly lists: Uint32Array; readonly rows: Uint32Array } {
    const lists = new Uint32Array(words + 1)
    for (let id = 0; id < words; id++) lists[id + 1] = lists[id]! + this.#counts[id]!
    const next = lists.slice()
    const rows = new Uint32Array(this.#count)
    for (let row = 0; row < this.#rows; row++)
      for (let i = this.#wordEnds[row]!; i < this.#wordEnds[row + 1]!; i++)
        rows[next[this.#words[i]!]!++] = row
    return { lists, rows }
  }

  /** Writes where each word begins, then the words. @returns the bytes of the words. */
  #writeWords(words: number): number {
    const begins = new Uint32Array(words + 1)
    let at = 1
    let id = 0
    for (const word of this.#ids.keys()) {
      begins[id++] = at
      at += Buffer.byteLength(word) + 1
    }
    begins[words] = at
    writeFully(this.#fd, bytesOf(begins))
    let piece = '\n'
    for (const word of this.#ids.keys()) {
      piece += `${word}\n`
      if (piece.length < PIECE) continue
      writeFully(this.#fd, Buffer.from(piece))
      piece = ''
    }
    writeFully(this.#fd, Buffer.from(words === 0 ? `${piece}\n` : piece))
    return words === 0 ? 2 : at
  }

  /** Closes the file, finished or not. */
  abandon(): void {
    if (!this.#isClosed) closeSync(this.#fd)
    this.#isClosed = true
  }
}

function grown(numbers: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * numbers.length)
  larger.set(numbers)
  return larger
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)
