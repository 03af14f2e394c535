/** The shape of a file that is not here yet: its nodes are fetched as the walk needs them. */
import { DAG_PB, RAW, type Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { ByteCache } from '../content/byte-cache.js'
import { chunkTable, partAt, partCid, type ChunkTable } from '../formats/chunk-table.js'
import { decodePb } from '../formats/dag-pb.js'
import { decodeUnixFs } from '../formats/unixfs.js'
import { isFrameOf } from '../formats/leaf-frame.js'
import type { BlockSource } from '../store/ports.js'

/** Deepest nesting of file nodes that is read; as of content.ts. */
const MAX_DEPTH = 64
const TABLE_MEMORY = 8 << 20
/** Blocks up to this size are read to see what they are. */
const LARGE = 4096
/** Most bytes that a frame adds to its leaf. */
const FRAME = 32

/** A part of a file that no node divides further. */
export interface Leaf {
  readonly cid: Cid
  /** Where its bytes begin in the file, and how many its parent says they are. */
  readonly offset: number
  readonly size: number
}

export type Need = (cid: Cid, signal: AbortSignal) => Promise<void>

export class FileShape {
  readonly #blocks: BlockSource
  readonly #need: Need
  readonly #tables = new ByteCache<ChunkTable>(TABLE_MEMORY)

  /** @param need has a block here when it resolves. */
  constructor(blocks: BlockSource, need: Need) {
    this.#blocks = blocks
    this.#need = need
  }

  /** The leaves that have bytes in `[from, to)`, in order; interior nodes are fetched on the way. */
  async *leaves(
    root: Cid,
    from: number,
    to: number,
    signal: AbortSignal
  ): AsyncGenerator<Leaf, void, undefined> {
    yield* this.#below(root, 0, undefined, from, to, signal, 0)
  }

  async *#below(
    cid: Cid,
    base: number,
    claimed: number | undefined,
    from: number,
    to: number,
    signal: AbortSignal,
    depth: number
  ): AsyncGenerator<Leaf, void, undefined> {
    if (depth > MAX_DEPTH)
      throw new KitError('CORRUPT_FORMAT', `file nodes nested deeper than ${MAX_DEPTH} at ${cid}`)
    // A raw part is a leaf whatever it holds: no need to have it to know where it lies.
    if (cid.codec !== DAG_PB) {
      yield { cid, offset: base, size: claimed ?? (await this.#sizeOf(cid, signal)) }
      return
    }
    const table = await this.#table(cid, signal)
    if (table === undefined || table.ends.length === 0) {
      yield { cid, offset: base, size: claimed ?? table?.size ?? 0 }
      return
    }
    const first = partAt(table, Math.max(from - base, table.inline.length))
    for (let i = first; i < table.ends.length; i++) {
      const offset = base + startOf(table, i)
      if (offset >= to) return
      const size = base + table.ends[i]! - offset
      if (size === 0) continue
      const part = partCid(table, i)
      if (this.#isLeaf(part, size, table)) yield { cid: part, offset, size }
      else yield* this.#below(part, offset, size, from, to, signal, depth + 1)
    }
  }

  /**
   * Whether a part is a leaf, as far as that can be told without fetching it. One that is not
   * here is taken for what the first of its siblings is: files are built evenly. Where that is
   * wrong it is found out as soon as it is here.
   */
  #isLeaf(part: Cid, size: number, parent: ChunkTable): boolean {
    if (part.codec !== DAG_PB) return true
    const own = this.#known(part, size)
    if (own !== undefined) return own
    return this.#known(partCid(parent, 0), startOf(parent, 1)) === true
  }

  /** Whether a block that is here is surely a leaf; undefined where it is not here. */
  #known(part: Cid, size: number): boolean | undefined {
    const record = this.#blocks.find(part.key)
    if (record === undefined) return undefined
    if (record.framed) return true
    // No node of this size is a leaf's: links are much shorter than what they lead to.
    if (record.length > LARGE && record.length >= size && record.length < size + FRAME) return true
    return false
  }

  async #sizeOf(cid: Cid, signal: AbortSignal): Promise<number> {
    await this.#need(cid, signal)
    const record = this.#blocks.find(cid.key)
    return record === undefined ? 0 : this.#blocks.blockLength(record)
  }

  /** The table of a node; undefined for a leaf whose bytes lie in a whole file already. */
  async #table(cid: Cid, signal: AbortSignal): Promise<ChunkTable | undefined> {
    const key = String(cid)
    const known = this.#tables.peek(key)
    // What is remembered here is no use to who reads: he needs the node itself.
    if (known !== undefined && this.#blocks.find(cid.key) !== undefined) return known
    await this.#need(cid, signal)
    if (this.#blocks.find(cid.key)?.framed === true) return undefined
    return this.#tables.get(key, () => chunkTable(cid, this.#blocks.get(cid)))
  }
}

/** Where a part begins, counted from the start of its node's bytes. */
const startOf = (table: ChunkTable, i: number): number =>
  i === 0 ? table.inline.length : table.ends[i - 1]!

/** The file bytes in a leaf's block, and whether the block is nothing but those in a frame. */
export function payloadOf(cid: Cid, block: Uint8Array): { payload: Uint8Array; framed: boolean } {
  if (cid.codec === RAW) return { payload: block, framed: false }
  const { data } = decodePb(block)
  const payload = (data === undefined ? undefined : decodeUnixFs(data).data) ?? new Uint8Array(0)
  const framed = payload.length > 0 && isFrameOf(block, payload)
  return { payload, framed }
}
