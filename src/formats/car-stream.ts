/** The sections of a CAR as it comes: what is there is told first, and its bytes are taken then. */
import { decode as decodeCbor } from '@ipld/dag-cbor'
import { Cid, cidLengthAt } from '../core/cid.js'
import { isKitError, KitError } from '../core/errors.js'
import type { Pieces } from '../core/pieces.js'

/** Longest section: the largest block, and its CID. */
const MAX_SECTION = (8 << 20) + 256
const MAX_HEADER = 1 << 20
/** Bytes that the longest CID takes: 128 of an identity, and four numbers before them. */
const MAX_HEAD = 160

export interface Section {
  readonly cid: Cid
  /** Bytes of its block. */
  readonly length: number
}

export class CarSections {
  readonly #pieces: Pieces
  /** The one that was begun. */
  #section: Section | undefined
  #spare: Buffer | undefined
  #begun = false

  constructor(pieces: Pieces) {
    this.#pieces = pieces
  }

  /**
   * The section that comes next, the same until its block is taken; undefined at the end.
   * @throws BACKEND_UNAVAILABLE for what is no archive, or ends in the middle.
   */
  async next(): Promise<Section | undefined> {
    if (!this.#begun) await this.#header()
    if (this.#section !== undefined) return this.#section
    const length = await this.#length(MAX_SECTION)
    if (length === undefined) return undefined
    const head = Buffer.allocUnsafe(Math.min(length, MAX_HEAD))
    await this.#pieces.fill(head)
    const end = measured(head)
    const cid = Cid.at(head, 0, end)
    this.#pieces.putBack(head.subarray(end))
    return (this.#section = { cid, length: length - end })
  }

  /** The block of the section that was begun, unverified. */
  async take({ length }: Section): Promise<Buffer> {
    const block = this.#spare?.length === length ? this.#spare : Buffer.allocUnsafeSlow(length)
    this.#spare = undefined
    this.#section = undefined
    await this.#pieces.fill(block)
    return block
  }

  /** What was taken is kept elsewhere: its memory may be used again. */
  giveBack(block: Buffer): void {
    this.#spare = block
  }

  async #header(): Promise<void> {
    const length = await this.#length(MAX_HEADER)
    const bytes = Buffer.allocUnsafe(length ?? 0)
    await this.#pieces.fill(bytes)
    const header = decodedHeader(bytes)
    if (header?.version !== 1)
      throw new KitError('UNSUPPORTED', 'the answer is no CAR of version 1')
    this.#begun = true
  }

  /** A varint; undefined at the end. */
  async #length(most: number): Promise<number | undefined> {
    const byte = Buffer.allocUnsafe(1)
    let value = 0
    for (let scale = 1; value <= most; scale *= 128) {
      if (scale === 1 && (await this.#pieces.isOver())) return undefined
      await this.#pieces.fill(byte)
      value += (byte[0]! & 0x7f) * scale
      if (byte[0]! < 0x80 && value <= most) return value
    }
    throw new KitError('BACKEND_UNAVAILABLE', `a section of the archive is over ${most} bytes long`)
  }

  close(): Promise<void> {
    return this.#pieces.close()
  }
}

function measured(head: Uint8Array): number {
  try {
    return cidLengthAt(head, 0)
  } catch (error) {
    if (!isKitError(error, 'INVALID_CID')) throw error
    throw new KitError('BACKEND_UNAVAILABLE', `a section of the archive: ${error.message}`)
  }
}

function decodedHeader(bytes: Uint8Array): { readonly version?: unknown } | undefined {
  try {
    return decodeCbor(bytes)
  } catch {
    return undefined
  }
}
