/** The leaves of a file as they come in one answer: cut out of plain bytes, or blocks of a CAR. */
import { equalBytes, toHex } from '../core/bytes.js'
import { type Cid, DAG_PB, verifyBlock } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { emptyFrame } from '../formats/leaf-frame.js'
import { CarSections } from '../formats/car-stream.js'
import type { Leaf } from './leaves.js'
import type { Pieces } from '../core/pieces.js'

/** Memory that holds the block of a leaf, and can be used again. */
export interface LeafRoom {
  readonly block: Buffer
  /** The part of it that the bytes of the file are, where that is known. */
  readonly payload: Buffer
}

export interface LeafSource {
  /** The verified block of the next leaf. @throws INTEGRITY, BACKEND_UNAVAILABLE. */
  read(leaf: Leaf): Promise<LeafRoom>
  /** What was read is kept elsewhere: its memory may be used again. */
  giveBack(room: LeafRoom): void
  close(): Promise<void>
}

/** Plain bytes, cut where the nodes say that leaves end. */
export class PlainLeaves implements LeafSource {
  readonly #pieces: Pieces
  #spare: LeafRoom | undefined

  constructor(pieces: Pieces) {
    this.#pieces = pieces
  }

  async read(leaf: Leaf): Promise<LeafRoom> {
    const room = this.#roomFor(leaf)
    await this.#pieces.fill(room.payload)
    verifyBlock(leaf.cid, room.block)
    return room
  }

  #roomFor({ cid, size }: Leaf): LeafRoom {
    const spare = this.#spare
    this.#spare = undefined
    const framed = cid.codec === DAG_PB
    if (spare?.payload.length === size && framed === (spare.block !== spare.payload)) return spare
    if (framed) return emptyFrame(size)
    const block = Buffer.allocUnsafeSlow(size)
    return { block, payload: block }
  }

  giveBack(room: LeafRoom): void {
    this.#spare = room
  }

  close(): Promise<void> {
    return this.#pieces.close()
  }
}

/** Blocks that may stand before the one that comes next, and bytes of them that are laid aside. */
const MAX_ASIDE = 64
const ASIDE_BYTES = 8 << 20

/**
 * The blocks of a CAR, more or less in the order of the file: Kubo fetches several at once and
 * sends them as they come. Nodes, which are had by themselves, are among them.
 */
export class CarLeaves implements LeafSource {
  readonly #sections: CarSections
  /** The block of a leaf that is here; a CAR need not hold one twice. */
  readonly #known: (cid: Cid) => Uint8Array | undefined
  /** Blocks that came before their turn, by their keys; unverified. */
  readonly #aside = new Map<string, Buffer>()
  #asideBytes = 0

  constructor(pieces: Pieces, known: (cid: Cid) => Uint8Array | undefined) {
    this.#sections = new CarSections(pieces)
    this.#known = known
  }

  async read(leaf: Leaf): Promise<LeafRoom> {
    if (leaf.cid.isIdentity) return whole(Buffer.from(leaf.cid.digest))
    const early = this.#takeAside(leaf.cid)
    if (early !== undefined) return verified(leaf.cid, early)
    for (let others = 0; others < MAX_ASIDE; others++) {
      const section = await this.#sections.next()
      if (section !== undefined && equalBytes(section.cid.key, leaf.cid.key))
        return verified(leaf.cid, await this.#sections.take(section))
      const known = this.#known(leaf.cid)
      if (known !== undefined) return whole(Buffer.from(known))
      if (section === undefined) break
      this.#layAside(section.cid, await this.#sections.take(section))
    }
    throw new KitError('BACKEND_UNAVAILABLE', `the archive does not hold ${leaf.cid} in its place`)
  }

  giveBack({ block }: LeafRoom): void {
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

  /** Where there is no room the first goes: most likely a node, or what was asked for already. */
  #layAside(cid: Cid, block: Buffer): void {
    this.#takeAside(cid)
    this.#aside.set(toHex(cid.key), block)
    this.#asideBytes += block.length
    for (const [key, { length }] of this.#aside) {
      if (this.#asideBytes <= ASIDE_BYTES && this.#aside.size <= MAX_ASIDE) return
      this.#aside.delete(key)
      this.#asideBytes -= length
    }
  }

  close(): Promise<void> {
    return this.#sections.close()
  }
}

function verified(cid: Cid, block: Buffer): LeafRoom {
  verifyBlock(cid, block)
  return whole(block)
}

const whole = (block: Buffer): LeafRoom => ({ block, payload: block })
