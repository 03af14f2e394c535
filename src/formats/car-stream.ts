/** The sections of a CAR as it comes: what is there is told first, and its bytes are taken then. */
import type { Cid } from '../core/cid.js'
import { isKitError, KitError } from '../core/errors.js'
import type { ExactReader } from '../core/exact-reader.js'
import { decodeHeader, readHeaderLength } from './car-header.js'
import { MAX_CID, MAX_VARINT, readSectionCid, readSectionLength } from './car-section.js'

export interface Section {
  readonly cid: Cid
  /** Length of its block in bytes. */
  readonly length: number
}

/** The sections of one stream. */
export class CarSections {
  readonly #pieces: ExactReader
  /** The section whose block was not taken yet. */
  #section: Section | undefined
  #spare: Buffer | undefined
  #begun = false
  /** Bytes of the archive that were taken, for messages. */
  #offset = 0

  constructor(pieces: ExactReader) {
    this.#pieces = pieces
  }

  /**
   * Returns the next section, the same until its block is taken; undefined at the end.
   * @throws BACKEND_UNAVAILABLE for a damaged or truncated archive, UNSUPPORTED for no CARv1.
   */
  async next(): Promise<Section | undefined> {
    if (!this.#begun) await this.#header()
    if (this.#section !== undefined) return this.#section
    if (await this.#pieces.isOver()) return undefined
    const offset = this.#offset
    const prefix = await this.#varint()
    const { length } = sound(() => readSectionLength(prefix, offset, Number.POSITIVE_INFINITY))
    const head = Buffer.allocUnsafe(Math.min(length, MAX_CID))
    await this.#fill(head)
    const cid = sound(() => readSectionCid(head, offset))
    const rest = head.subarray(cid.bytes.length)
    this.#pieces.putBack(rest)
    this.#offset -= rest.length
    return (this.#section = { cid, length: length - cid.bytes.length })
  }

  /** Reads the block of the current section, unverified. */
  async take({ length }: Section): Promise<Buffer> {
    const block = this.#spare?.length === length ? this.#spare : Buffer.allocUnsafeSlow(length)
    this.#spare = undefined
    this.#section = undefined
    await this.#fill(block)
    return block
  }

  /** Returns a block's memory for reuse, once the caller has stored the block. */
  giveBack(block: Buffer): void {
    this.#spare = block
  }

  async #header(): Promise<void> {
    const prefix = await this.#varint()
    const { length } = sound(() => readHeaderLength(prefix, 0, Number.POSITIVE_INFINITY))
    const bytes = Buffer.allocUnsafe(length)
    await this.#fill(bytes)
    if (versionOf(bytes) !== 1)
      throw new KitError('UNSUPPORTED', 'the answer is no CAR of version 1')
    this.#begun = true
  }

  /** The bytes of a varint, and none of what follows; too many for one where it does not end. */
  async #varint(): Promise<Uint8Array> {
    const bytes = Buffer.allocUnsafe(MAX_VARINT)
    for (let at = 0; at < MAX_VARINT; at++) {
      await this.#fill(bytes.subarray(at, at + 1))
      if (bytes[at]! < 0x80) return bytes.subarray(0, at + 1)
    }
    return bytes
  }

  async #fill(bytes: Uint8Array): Promise<void> {
    await this.#pieces.fill(bytes)
    this.#offset += bytes.length
  }

  close(): Promise<void> {
    return this.#pieces.close()
  }
}

/** Converts damage: in a stream it means that the other side failed, and not a file of ours. */
function sound<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!isKitError(error, 'CORRUPT_FORMAT')) throw error
    throw new KitError('BACKEND_UNAVAILABLE', error.message, { cause: error })
  }
}

function versionOf(header: Uint8Array): number | undefined {
  try {
    return decodeHeader(header, 0).version
  } catch (error) {
    if (isKitError(error, 'CORRUPT_FORMAT')) return undefined
    throw error
  }
}
