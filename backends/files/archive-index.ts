/** The places of the blocks in one CAR file, as the index inside the file or a scan gives them. */
import type { Cid } from '../../src/core/cid.js'
import { KitError } from '../../src/core/errors.js'
import type { CarHeader } from '../../src/formats/car-header.js'
import { CarIndex } from '../../src/formats/car-index.js'
import { MAX_SECTION, MAX_VARINT } from '../../src/formats/car-section.js'

/** The payload of an archive: where it begins in the file, where its sections do, and where it ends. */
export type Payload = Pick<CarHeader, 'dataStart' | 'sectionsStart' | 'dataEnd'>

/** The place of a section in a file; it may end earlier than `end`. */
export interface SectionPlace {
  readonly position: number
  readonly end: number
}

export class ArchiveIndex {
  /** Whether it was made by reading every section, and not believed. */
  readonly isScanned: boolean
  /** Bytes of memory. */
  readonly weight: number
  readonly payload: Payload
  /** The index as a CARv2 has it. */
  readonly bytes: Uint8Array
  readonly #index: CarIndex
  /** Offsets of all sections in the payload, ascending: a section ends where the next one begins. */
  readonly #offsets: Float64Array

  /**
   * @param bytes of a CARv2 index, which are kept.
   * @throws CORRUPT_FORMAT, TOO_LARGE or UNSUPPORTED for an index that cannot be that of the payload.
   */
  constructor(payload: Payload, bytes: Uint8Array, isScanned: boolean) {
    this.payload = payload
    this.bytes = bytes
    this.isScanned = isScanned
    this.#index = CarIndex.parse(bytes)
    this.#offsets = this.#index.sortedOffsets()
    this.weight = bytes.length + this.#offsets.byteLength
    if (!isScanned) this.#check()
  }

  /** Holds the offsets against what is known of the payload, so that a wrong index is found early. */
  #check(): void {
    const { dataStart, sectionsStart, dataEnd } = this.payload
    const offsets = this.#offsets
    if (offsets.length === 0) {
      if (sectionsStart < dataEnd) throw wrong('it is empty')
      return
    }
    if (offsets[0]! !== sectionsStart - dataStart)
      throw wrong(`its first section is said to lie at ${offsets[0]!}`)
    for (let i = 0; i < offsets.length; i++) {
      const end = this.#endOf(i)
      if (end <= offsets[i]! && end === dataEnd - dataStart)
        throw wrong(`a section is said to lie at ${offsets[i]!}, past the end`)
      if (end - offsets[i]! > MAX_SECTION + MAX_VARINT)
        throw wrong(`no section is said to follow ${offsets[i]!}`)
    }
  }

  get count(): number {
    return this.#offsets.length
  }

  /** Returns the section of a block; undefined where the archive does not hold it. */
  place({ hashCode, digest }: Cid): SectionPlace | undefined {
    const [offset] = this.#index.offsets(hashCode, digest)
    if (offset === undefined) return undefined
    const { dataStart } = this.payload
    return { position: dataStart + offset, end: dataStart + this.#endOf(this.#at(offset)) }
  }

  /** The number of the last section at an offset. */
  #at(offset: number): number {
    let low = 0
    let high = this.#offsets.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#offsets[middle]! <= offset) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  #endOf(i: number): number {
    return this.#offsets[i + 1] ?? this.payload.dataEnd - this.payload.dataStart
  }
}

const wrong = (reason: string): KitError =>
  new KitError('CORRUPT_FORMAT', `its index is wrong: ${reason}`)
