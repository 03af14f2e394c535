/**
 * The leaves of a file out of one answer: cut from plain bytes, or taken from the blocks of a CAR.
 */
import { equalBytes, toHex } from '../core/bytes.js'
import { type Cid, DAG_PB, verifyBlock } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { emptyFrame } from '../formats/leaf-frame.js'
import { CarSections } from '../formats/car-stream.js'
import type { Leaf } from './leaves.js'
import type { ExactReader } from '../core/exact-reader.js'

/** Reusable memory that holds the block of a leaf. */
export interface LeafBuffer {
  readonly block: Buffer
  /** The part of `block` that holds the file's bytes, where that is known; else all of it. */
  readonly payload: Buffer
}

export interface LeafSource {
  /** Returns the verified block of the next leaf. @throws INTEGRITY, BACKEND_UNAVAILABLE. */
  read(leaf: Leaf): Promise<LeafBuffer>
  /** Takes memory back for reuse. The caller must have kept the block elsewhere. */
  giveBack(buffer: LeafBuffer): void
  close(): Promise<void>
}

/** Cuts plain bytes where the nodes say that leaves end. */
export class PlainLeaves implements LeafSource {
  readonly #pieces: ExactReader
  #spare: LeafBuffer | undefined

  constructor(pieces: ExactReader) {
    this.#pieces = pieces
  }

  async read(leaf: Leaf): Promise<LeafBuffer> {
    const buffer = this.#bufferFor(leaf)
    await this.#pieces.fill(buffer.payload)
    verifyBlock(leaf.cid, buffer.block)
    return buffer
  }

  #bufferFor({ cid, size }: Leaf): LeafBuffer {
    const spare = this.#spare
    this.#spare = undefined
    const framed = cid.codec === DAG_PB
    if (spare?.payload.length === size && framed === (spare.block !== spare.payload)) return spare
    if (framed) return emptyFrame(size)
    const block = Buffer.allocUnsafeSlow(size)
    return { block, payload: block }
  }

  giveBack(buffer: LeafBuffer): void {
    this.#spare = buffer
  }

  close(): Promise<void> {
    return this.#pieces.close()
  }
}

/** Limits of the blocks that are set aside because they came before their turn. */
const MAX_ASIDE = 64
const MAX_ASIDE_BYTES = 8 << 20

/**
 * Takes leaves from a CAR whose blocks are more or less in the file's order: Kubo fetches several
 * at once and sends them as they come. Interior nodes, which are fetched separately, are among
 * them.
 */
export class CarLeaves implements LeafSource {
  readonly #sections: CarSections
  /** Returns the block of a leaf that is here already, since a CAR need not hold one twice. */
  readonly #known: (cid: Cid) => Uint8Array | undefined
  /** Blocks that came before their turn, by the hex of their keys; unverified. */
  readonly #aside = new Map<string, Buffer>()
  #asideBytes = 0

  constructor(pieces: ExactReader, known: (cid: Cid) => Uint8Array | undefined) {
    this.#sections = new CarSections(pieces)
    this.#known = known
  }

  async read(leaf: Leaf): Promise<LeafBuffer> {
    if (leaf.cid.isIdentity) return unframed(Buffer.from(leaf.cid.digest))
    const aside = this.#takeAside(leaf.cid)
    if (aside !== undefined) return verified(leaf.cid, aside)
    for (let others = 0; others < MAX_ASIDE; others++) {
      const section = await this.#sections.next()
      if (section !== undefined && equalBytes(section.cid.key, leaf.cid.key))
        return verified(leaf.cid, await this.#sections.take(section))
      const known = this.#known(leaf.cid)
      if (known !== undefined) return unframed(Buffer.from(known))
      if (section === undefined) break
      this.#setAside(section.cid, await this.#sections.take(section))
    }
    throw new KitError('BACKEND_UNAVAILABLE', `the archive does not hold ${leaf.cid} in its place`)
  }

  giveBack({ block }: LeafBuffer): void {
    this.#sections.giveBack(block)
  }

  #takeAside(cid: Cid): Buffer | undefined {
    const key = toHex(cid.key)
    const block = this.#aside.get(key)
    if (block === undefined) return undefined
    this.#aside.delete(key)
    this.#asideBytes -= block.length
    return block
  }

  /**
   * Sets a block aside. When over the limits, the oldest is dropped: most likely a node, or a leaf
   * that was read already.
   */
  #setAside(cid: Cid, block: Buffer): void {
    this.#takeAside(cid)
    this.#aside.set(toHex(cid.key), block)
    this.#asideBytes += block.length
    for (const [key, { length }] of this.#aside) {
      if (this.#asideBytes <= MAX_ASIDE_BYTES && this.#aside.size <= MAX_ASIDE) return
      this.#aside.delete(key)
      this.#asideBytes -= length
    }
  }

  close(): Promise<void> {
    return this.#sections.close()
  }
}

function verified(cid: Cid, block: Buffer): LeafBuffer {
  verifyBlock(cid, block)
  return unframed(block)
}

const unframed = (block: Buffer): LeafBuffer => ({ block, payload: block })
