/** The leaves of a file as they come in one answer: cut out of plain bytes, or blocks of a CAR. */
import { decode as decodeCbor } from '@ipld/dag-cbor'
import { equalBytes, toHex } from '../core/bytes.js'
import { Cid, cidLengthAt, DAG_PB, verifyBlock } from '../core/cid.js'
import { isKitError, KitError } from '../core/errors.js'
import { emptyFrame } from '../store/frame.js'
import type { Leaf } from './leaves.js'
import type { Pieces } from './pieces.js'

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

/** Longest section of a CAR: the largest block, and its CID. */
const MAX_SECTION = (8 << 20) + 256
const MAX_HEADER = 1 << 20
/** Blocks that may stand before the one that comes next, and bytes of them that are laid aside. */
const MOST_ASIDE = 64
const ASIDE_BYTES = 8 << 20

/**
 * The blocks of a CAR, more or less in the order of the file: Kubo fetches several at once and
 * sends them as they come. Nodes, which are had by themselves, are among them.
 */
export class CarLeaves implements LeafSource {
  readonly #pieces: Pieces
  /** The block of a leaf that is here; a CAR need not hold one twice. */
  readonly #known: (cid: Cid) => Uint8Array | undefined
  /** A section that was begun: its CID, and how long its block is. */
  #section: { readonly cid: Cid; readonly length: number } | undefined
  #spare: Buffer | undefined
  #begun = false
  /** Blocks that came before their turn, by their keys; unverified. */
  readonly #aside = new Map<string, Buffer>()
  #asideBytes = 0

  constructor(pieces: Pieces, known: (cid: Cid) => Uint8Array | undefined) {
    this.#pieces = pieces
    this.#known = known
  }

  async read(leaf: Leaf): Promise<LeafRoom> {
    if (leaf.cid.isIdentity) return whole(Buffer.from(leaf.cid.digest))
    const early = this.#takeAside(leaf.cid)
    if (early !== undefined) return verified(leaf.cid, early)
    for (let others = 0; others < MOST_ASIDE; others++) {
      const section = await this.#next()
      if (section !== undefined && equalBytes(section.cid.key, leaf.cid.key))
        return verified(leaf.cid, await this.#take(section.length))
      const known = this.#known(leaf.cid)
      if (known !== undefined) return whole(Buffer.from(known))
      if (section === undefined) break
      this.#layAside(section.cid, await this.#take(section.length))
    }
    throw new KitError('BACKEND_UNAVAILABLE', `the archive does not hold ${leaf.cid} in its place`)
  }

  giveBack({ block }: LeafRoom): void {
    this.#spare = block
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
      if (this.#asideBytes <= ASIDE_BYTES && this.#aside.size <= MOST_ASIDE) return
      this.#aside.delete(key)
      this.#asideBytes -= length
    }
  }

  /** The section that comes next; undefined at the end. */
  async #next() {
    if (!this.#begun) await this.#header()
    if (this.#section !== undefined) return this.#section
    const length = await this.#length(MAX_SECTION)
    if (length === undefined) return undefined
    // The longest CID that is taken is that of an identity.
    const head = Buffer.allocUnsafe(Math.min(length, MAX_HEAD))
    await this.#pieces.fill(head)
    const end = measured(head)
    const cid = Cid.at(head, 0, end)
    this.#pieces.putBack(head.subarray(end))
    return (this.#section = { cid, length: length - end })
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

  /** The bytes of the section that was begun. */
  async #take(length: number): Promise<Buffer> {
    const block = this.#spare?.length === length ? this.#spare : Buffer.allocUnsafeSlow(length)
    this.#spare = undefined
    this.#section = undefined
    await this.#pieces.fill(block)
    return block
  }

  close(): Promise<void> {
    return this.#pieces.close()
  }
}

/** Bytes that the longest CID takes: 128 of an identity, and four numbers before them. */
const MAX_HEAD = 160

function verified(cid: Cid, block: Buffer): LeafRoom {
  verifyBlock(cid, block)
  return whole(block)
}

const whole = (block: Buffer): LeafRoom => ({ block, payload: block })

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
