/**
 * The reader of CAR files, section by section in bounded memory. It compares every length with the
 * file's size before it allocates, and every error names the offset.
 * Source: https://ipld.io/specs/transport/car/
 */
import type { ByteSource } from '../core/byte-source.js'
import { copyOf } from '../core/bytes.js'
import { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { parseCarHeader, type CarHeader } from './car-header.js'
import {
  corruptCar,
  MAX_VARINT,
  readSectionCid,
  readSectionLength,
  type LengthPrefix
} from './car-section.js'

const BUFFER = 4 << 20
/** Largest index that is checked, enough for ten million blocks. */
const MAX_INDEX = 512 << 20

export interface Section {
  readonly cid: Cid
  /** Valid until the next section is read. */
  readonly block: Uint8Array
  /** Offset of the section in the CARv1 payload, as a CARv2 index counts. */
  readonly offset: number
  /** Offset of the block's bytes in the file. */
  readonly blockOffset: number
}

/** The reader of one open file. */
export class CarReader {
  readonly header: CarHeader
  readonly #source: ByteSource
  #buffer = Buffer.allocUnsafeSlow(BUFFER)
  /** File offset of the buffer's first byte, and number of bytes filled. */
  #base = 0
  #filled = 0

  /** @throws CORRUPT_FORMAT when the file is no CAR or its header is damaged. */
  constructor(source: ByteSource) {
    this.#source = source
    const header = parseCarHeader(source.size)
    let step = header.next()
    while (step.done !== true) step = header.next(this.#bytes(step.value.offset, step.value.length))
    this.header = step.value
  }

  /** Returns `length` bytes of the file from `offset` on, fewer at its end. */
  #bytes(offset: number, length: number): Uint8Array {
    if (offset < this.#base || offset + length > this.#base + this.#filled)
      this.#load(offset, length)
    const at = offset - this.#base
    return this.#buffer.subarray(at, Math.min(at + length, this.#filled))
  }

  /** Fills the buffer from `offset` on with at least `length` bytes if the file has them. */
  #load(offset: number, length: number): void {
    if (length > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(length + BUFFER)
    this.#base = offset
    this.#filled = this.#source.read(this.#buffer, offset)
  }

  /** Yields every section in order. @throws CORRUPT_FORMAT at the first damaged one. */
  *sections(): Generator<Section, void, undefined> {
    const { sectionsStart, dataEnd } = this.header
    let at = sectionsStart
    while (at < dataEnd) {
      const { length, start } = this.#lengthAt(at)
      if (length === 0) {
        // Some files are padded with zeros to a boundary; other bytes must not follow.
        this.#checkPadding(at, dataEnd)
        return
      }
      yield this.#section(at, start, length)
      at = start + length
    }
  }

  /** Reads a section again, at an offset that `sections` yielded. @throws CORRUPT_FORMAT. */
  sectionAt(offset: number): Section {
    const at = this.header.dataStart + offset
    const { length, start } = this.#lengthAt(at)
    return this.#section(at, start, length)
  }

  #lengthAt(at: number): LengthPrefix {
    const { dataEnd } = this.header
    return readSectionLength(this.#bytes(at, Math.min(MAX_VARINT, dataEnd - at)), at, dataEnd)
  }

  #section(at: number, start: number, length: number): Section {
    const bytes = this.#bytes(start, length)
    if (bytes.length < length) throw corruptCar('a section that is cut short', at)
    const cid = Cid.decode(copyOf(readSectionCid(bytes, at).bytes))
    const cidLength = cid.bytes.length
    return {
      cid,
      block: bytes.subarray(cidLength),
      offset: at - this.header.dataStart,
      blockOffset: start + cidLength
    }
  }

  #checkPadding(from: number, end: number): void {
    for (let at = from; at < end;) {
      const bytes = this.#bytes(at, Math.min(1 << 20, end - at))
      const other = bytes.findIndex((byte) => byte !== 0)
      if (other >= 0 || bytes.length === 0) throw corruptCar('an empty section', from)
      at += bytes.length
    }
  }

  /** Reads the bytes of the CARv2 index; undefined without one. @throws TOO_LARGE. */
  indexBytes(): Uint8Array | undefined {
    const { indexStart, fileSize } = this.header
    if (indexStart === undefined) return undefined
    if (fileSize - indexStart > MAX_INDEX)
      throw new KitError('TOO_LARGE', `it has ${fileSize - indexStart} bytes, over ${MAX_INDEX}`)
    const bytes = Buffer.allocUnsafeSlow(fileSize - indexStart)
    return bytes.subarray(0, this.#source.read(bytes, indexStart))
  }
}
