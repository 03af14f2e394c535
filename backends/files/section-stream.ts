/** The sections of a part of an archive, out of one ranged read, each asked for by its place. */
import { equalBytes } from '../../src/core/bytes.js'
import type { Cid } from '../../src/core/cid.js'
import { KitError } from '../../src/core/errors.js'
import { ExactReader } from '../../src/core/exact-reader.js'
import { MAX_CID, MAX_VARINT, readSectionCid, readSectionLength } from '../../src/formats/car-section.js' // prettier-ignore
import type { CallOptions } from '../facets/call.js'
import type { FileReader } from '../facets/named-files.js'
import type { SectionPlace } from './archive-index.js'

/** Bytes between two sections that are passed over; for more of them another read is begun. */
const MAX_GAP = 1 << 20

export class SectionStream {
  readonly #files: FileReader
  readonly #name: string
  readonly #options: CallOptions
  #reader: ExactReader | undefined
  /** The offset in the file of the next byte, and of the end of what is read. */
  #position = 0
  #end = 0

  constructor(files: FileReader, name: string, options: CallOptions) {
    this.#files = files
    this.#name = name
    this.#options = options
  }

  /** Returns whether a section lies close behind what was read last. */
  reaches({ position, end }: SectionPlace): boolean {
    if (this.#reader === undefined || end > this.#end) return false
    return position >= this.#position && position - this.#position <= MAX_GAP
  }

  /** Returns whether a section lies before what was read last. */
  isPast({ position }: SectionPlace): boolean {
    return this.#reader !== undefined && position < this.#position
  }

  /** Begins to read at a section. @param end of what will be wanted. */
  async open({ position }: SectionPlace, end: number): Promise<void> {
    await this.close()
    const range = { position, length: end - position }
    this.#reader = new ExactReader(this.#files.get(this.#name, range, this.#options))
    this.#position = position
    this.#end = end
  }

  /**
   * Yields the bytes of the block of a section that the stream reaches, as they come and unverified.
   * @throws INTEGRITY where another block lies there.
   */
  async *block(cid: Cid, place: SectionPlace): AsyncGenerator<Uint8Array, void, undefined> {
    const reader = this.#reader!
    await reader.skip(place.position - this.#position)
    const head = await reader.peek(Math.min(MAX_VARINT + MAX_CID, place.end - place.position))
    this.#position = place.position
    const { length, start } = readSectionLength(head.subarray(0, MAX_VARINT), place.position, place.end) // prettier-ignore
    const body = head.subarray(start - place.position)
    const found = readSectionCid(body.subarray(0, length), place.position)
    if (!equalBytes(found.multihash, cid.multihash))
      throw new KitError('INTEGRITY', `${this.#name} holds ${found} at ${place.position}, not ${cid}`) // prettier-ignore
    const blockStart = start - place.position + found.bytes.length
    await reader.skip(blockStart)
    this.#position = start + length
    yield* reader.parts(length - found.bytes.length)
  }

  async close(): Promise<void> {
    const reader = this.#reader
    this.#reader = undefined
    await reader?.close()
  }
}
