/**
 * CAR files, read as a stream of sections in bounded memory. Lengths are checked against the
 * file before anything is allocated, and every error names the offset.
 * Source: https://ipld.io/specs/transport/car/
 */
import { fstatSync, readSync } from 'node:fs'
import * as dagCbor from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import { copyOf } from '../core/bytes.js'
import { Cid, cidLengthAt } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { readVarint, varint } from '../core/varint.js'

const BUFFER = 4 << 20
const MAX_HEADER = 1 << 20
/** Longest section: a block of 8 MiB, four times what any node would send, and its CID. */
const MAX_SECTION = (8 << 20) + 256
const V2_HEADER = 40
/** Largest index that is held against its archive: ten million blocks. */
const MAX_INDEX = 512 << 20

export interface CarHeader {
  readonly version: 1 | 2
  readonly roots: readonly Cid[]
  /** Where the CARv1 payload begins and ends in the file. */
  readonly dataStart: number
  readonly dataEnd: number
  /** Where a CARv2 index begins; undefined where there is none. */
  readonly indexStart: number | undefined
  readonly fileSize: number
}

export interface Section {
  readonly cid: Cid
  /** Valid until the next section is read. */
  readonly block: Uint8Array
  /** Offset of the section in the CARv1 payload, as a CARv2 index counts. */
  readonly offset: number
  /** Offset of the block's bytes in the file. */
  readonly blockOffset: number
}

export class CarReader {
  readonly header: CarHeader
  readonly #fd: number
  #buffer = Buffer.allocUnsafeSlow(BUFFER)
  /** File offset of the buffer's first byte, and how much of it is filled. */
  #base = 0
  #filled = 0

  /** @throws CORRUPT_FORMAT when the file is no CAR or its header is damaged. */
  constructor(fd: number) {
    this.#fd = fd
    this.header = this.#readHeader()
  }

  #corrupt(reason: string, offset: number, cause?: unknown): KitError {
    return new KitError('CORRUPT_FORMAT', `not a valid CAR: ${reason} at offset ${offset}`, {
      cause
    })
  }

  /** Bytes of the file from `offset` on: `length` of them, or all that are left if fewer. */
  #bytes(offset: number, length: number): Uint8Array {
    if (offset < this.#base || offset + length > this.#base + this.#filled)
      this.#load(offset, length)
    const at = offset - this.#base
    return this.#buffer.subarray(at, Math.min(at + length, this.#filled))
  }

  #load(offset: number, length: number): void {
    if (length > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(length + BUFFER)
    this.#base = offset
    this.#filled = 0
    while (this.#filled < this.#buffer.length) {
      const left = this.#buffer.length - this.#filled
      const n = readSync(this.#fd, this.#buffer, this.#filled, left, offset + this.#filled)
      if (n === 0) break
      this.#filled += n
      if (this.#filled >= length && this.#filled >= 1 << 20) break
    }
  }

  #varint(offset: number, end: number, what: string): number {
    const bytes = this.#bytes(offset, Math.min(10, end - offset))
    try {
      return readVarint(bytes, 0)
    } catch (error) {
      throw this.#corrupt(`unreadable ${what}`, offset, error)
    }
  }

  #readHeader(): CarHeader {
    const fileSize = fstatSync(this.#fd).size
    if (fileSize === 0) throw this.#corrupt('the file is empty', 0)
    const first = this.#rootsAt(0, fileSize)
    if (first.version === 1)
      return {
        version: 1,
        roots: first.roots,
        dataStart: 0,
        dataEnd: fileSize,
        indexStart: undefined,
        fileSize
      }
    return this.#readV2(first.end, fileSize)
  }

  #readV2(at: number, fileSize: number): CarHeader {
    const bytes = this.#bytes(at, V2_HEADER)
    if (bytes.length < V2_HEADER) throw this.#corrupt('the CARv2 header is cut short', at)
    const view = new DataView(bytes.buffer, bytes.byteOffset, V2_HEADER)
    const word = (offset: number): number => Number(view.getBigUint64(offset, true))
    const dataStart = word(16)
    const dataEnd = dataStart + word(24)
    const indexStart = word(32)
    if (dataStart < at + V2_HEADER || dataEnd > fileSize)
      throw this.#corrupt(
        `the payload is said to lie at ${dataStart}–${dataEnd}, outside the file,`,
        at
      )
    if (indexStart !== 0 && (indexStart < dataEnd || indexStart >= fileSize))
      throw this.#corrupt(`the index is said to begin at ${indexStart}, outside its place,`, at)
    const inner = this.#rootsAt(dataStart, dataEnd)
    if (inner.version !== 1) throw this.#corrupt('the payload is no CARv1', dataStart)
    return {
      version: 2,
      roots: inner.roots,
      dataStart,
      dataEnd,
      indexStart: indexStart === 0 ? undefined : indexStart,
      fileSize
    }
  }

  #rootsAt(offset: number, end: number): { version: number; roots: Cid[]; end: number } {
    const length = this.#varint(offset, end, 'header length')
    const start = offset + varint.next
    if (length === 0 || length > MAX_HEADER || start + length > end)
      throw this.#corrupt(`a header of ${length} bytes`, offset)
    const value = this.#decodeHeader(this.#bytes(start, length), offset)
    const { version, roots } = value
    if (version === 2) return { version, roots: [], end: start + length }
    if (version !== 1 || !Array.isArray(roots)) throw this.#corrupt('an unknown header', offset)
    const cids = roots.map((root: unknown) => {
      const cid = CID.asCID(root)
      if (cid === null) throw this.#corrupt('a root that is no CID', offset)
      return Cid.decode(copyOf(cid.bytes))
    })
    return { version, roots: cids, end: start + length }
  }

  #decodeHeader(bytes: Uint8Array, offset: number): { version?: unknown; roots?: unknown } {
    try {
      return dagCbor.decode(bytes)
    } catch (error) {
      throw this.#corrupt('an unreadable header', offset, error)
    }
  }

  /** Every section in order. @throws CORRUPT_FORMAT at the first that is damaged. */
  *sections(): Generator<Section, void, undefined> {
    const { dataStart, dataEnd } = this.header
    let at = dataStart + this.#headerLength()
    while (at < dataEnd) {
      const length = this.#varint(at, dataEnd, 'section length')
      const start = at + varint.next
      if (length === 0) {
        // Zero bytes pad some files to a boundary; nothing may follow them.
        this.#checkPadding(at, dataEnd)
        return
      }
      if (length > MAX_SECTION)
        throw this.#corrupt(`a section of ${length} bytes, over the limit of ${MAX_SECTION},`, at)
      if (start + length > dataEnd)
        throw this.#corrupt(`a section of ${length} bytes that runs past the end of the file`, at)
      yield this.#section(at, start, length)
      at = start + length
    }
  }

  /**
   * The section at an offset that `sections` told, again.
   * @throws CORRUPT_FORMAT.
   */
  sectionAt(offset: number): Section {
    const at = this.header.dataStart + offset
    const length = this.#varint(at, this.header.dataEnd, 'section length')
    return this.#section(at, at + varint.next, length)
  }

  #headerLength(): number {
    const { dataStart, dataEnd } = this.header
    const length = this.#varint(dataStart, dataEnd, 'header length')
    return varint.next + length
  }

  #section(at: number, start: number, length: number): Section {
    const bytes = this.#bytes(start, length)
    if (bytes.length < length) throw this.#corrupt('a section that is cut short', at)
    let cidLength: number
    try {
      cidLength = cidLengthAt(bytes, 0)
    } catch (error) {
      throw this.#corrupt(`a section without a valid CID (${(error as Error).message})`, at, error)
    }
    return {
      cid: Cid.decode(copyOf(bytes.subarray(0, cidLength))),
      block: bytes.subarray(cidLength),
      offset: at - this.header.dataStart,
      blockOffset: start + cidLength
    }
  }

  #checkPadding(from: number, end: number): void {
    for (let at = from; at < end;) {
      const bytes = this.#bytes(at, Math.min(1 << 20, end - at))
      const other = bytes.findIndex((byte) => byte !== 0)
      if (other >= 0) throw this.#corrupt('an empty section', from)
      at += bytes.length
    }
  }

  /** The bytes of the CARv2 index. @throws TOO_LARGE. */
  indexBytes(): Uint8Array | undefined {
    const { indexStart, fileSize } = this.header
    if (indexStart === undefined) return undefined
    if (fileSize - indexStart > MAX_INDEX)
      throw new KitError('TOO_LARGE', `it has ${fileSize - indexStart} bytes, over ${MAX_INDEX}`)
    const bytes = Buffer.allocUnsafeSlow(fileSize - indexStart)
    let n = 0
    while (n < bytes.length) {
      const got = readSync(this.#fd, bytes, n, bytes.length - n, indexStart + n)
      if (got === 0) break
      n += got
    }
    return bytes.subarray(0, n)
  }
}
