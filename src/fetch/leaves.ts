/**
 * Walks the leaves of a file whose blocks may be missing: interior nodes are fetched on the way.
 */
import { DAG_PB, RAW, type Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { Turns } from '../core/turns.js'
import { ByteCache } from '../content/byte-cache.js'
import { MAX_METADATA } from '../content/node-stats.js'
import { Kind } from '../formats/block-kind.js'
import { chunkTable, partAt, partCid, type ChunkTable } from '../formats/chunk-table.js'
import { decodePb } from '../formats/dag-pb.js'
import { fileBehind } from '../formats/describe-block.js'
import { decodeUnixFs } from '../formats/unixfs.js'
import { isFrameOf } from '../formats/leaf-frame.js'
import type { BlockSource } from '../store/ports.js'

/** Deepest nesting of file nodes that is read, as in content.ts. */
const MAX_DEPTH = 64
/** Bytes of decoded tables that are remembered. */
const TABLE_MEMORY = 8 << 20
/** Blocks up to this many bytes may be nodes, so they are read to find out. */
const MAX_NODE = 4096
/** Most bytes that a frame adds to its leaf. */
const MAX_FRAME = 32

/** A part of a file that no node divides further. */
export interface Leaf {
  readonly cid: Cid
  /** Where its bytes begin in the file, and how many bytes its parent names. */
  readonly offset: number
  readonly size: number
}

/** A node on the way to the leaves: where its bytes begin, and how many its parent names. */
interface Part {
  readonly cid: Cid
  readonly base: number
  readonly claimed: number | undefined
  readonly depth: number
}

/** One walk over the leaves in `[from, to)`. */
interface Walk {
  readonly from: number
  readonly to: number
  readonly signal: AbortSignal
  readonly turns: Turns
}

/** Fetches a block; it is here once this resolves. */
export type Need = (cid: Cid, signal: AbortSignal) => Promise<void>

export class FileShape {
  readonly #blocks: BlockSource
  readonly #need: Need
  readonly #tables = new ByteCache<ChunkTable>(TABLE_MEMORY)

  /** @param need fetches a block. */
  constructor(blocks: BlockSource, need: Need) {
    this.#blocks = blocks
    this.#need = need
  }

  /**
   * Fetches a node, and where it is metadata the file that it is about.
   * @returns the file, which is here; the node itself where too many nodes are around a file, as it
   * is shown as none then.
   */
  async fileBehind(root: Cid, signal: AbortSignal): Promise<Cid> {
    let file = root
    for (let around = 0; around <= MAX_METADATA; around++) {
      await this.#need(file, signal)
      const record = file.isIdentity ? undefined : this.#blocks.find(file.key)
      if (record !== undefined && record.kind !== Kind.OPAQUE) return file
      const inner = fileBehind(file, this.#blocks.get(file))
      if (inner === undefined) return file
      file = inner
    }
    return root
  }

  /**
   * Yields the leaves that have bytes in `[from, to)`, in order, fetching interior nodes on the
   * way. Other work has its turn in between, as one read can have a million leaves.
   * @throws CORRUPT_FORMAT, and what `need` throws.
   */
  async *leaves(
    root: Cid,
    from: number,
    to: number,
    signal: AbortSignal
  ): AsyncGenerator<Leaf, void, undefined> {
    yield* this.#below({ cid: root, base: 0, claimed: undefined, depth: 0 }, { from, to, signal, turns: new Turns(signal) }) // prettier-ignore
  }

  async *#below(
    { cid, base, claimed, depth }: Part,
    walk: Walk
  ): AsyncGenerator<Leaf, void, undefined> {
    const { from, to, signal, turns } = walk
    if (depth > MAX_DEPTH)
      throw new KitError('CORRUPT_FORMAT', `file nodes nested deeper than ${MAX_DEPTH} at ${cid}`)
    // A raw part is a leaf whatever it holds, so its place is known without fetching it.
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
      if (turns.isDue) await turns.take()
      const size = base + table.ends[i]! - offset
      if (size === 0) continue
      const part = partCid(table, i)
      if (this.#isLeaf(part, size, table)) yield { cid: part, offset, size }
      else yield* this.#below({ cid: part, base: offset, claimed: size, depth: depth + 1 }, walk)
    }
  }

  /**
   * Returns whether a part is a leaf, without fetching it. A part that is not here is taken for
   * what its first sibling is, because files are built evenly; a wrong guess is noticed once it is
   * here.
   */
  #isLeaf(part: Cid, size: number, parent: ChunkTable): boolean {
    if (part.codec !== DAG_PB) return true
    const own = this.#isKnownLeaf(part, size)
    if (own !== undefined) return own
    return this.#isKnownLeaf(partCid(parent, 0), startOf(parent, 1)) === true
  }

  /** Returns whether a block that is here is surely a leaf; undefined where it is not here. */
  #isKnownLeaf(part: Cid, size: number): boolean | undefined {
    const record = this.#blocks.find(part.key)
    if (record === undefined) return undefined
    if (record.framed) return true
    // A node of this size cannot be interior, as links are much shorter than what they lead to.
    if (record.length > MAX_NODE && record.length >= size && record.length < size + MAX_FRAME)
      return true
    return false
  }

  /** Returns the length of a block, which is fetched for it. */
  async #sizeOf(cid: Cid, signal: AbortSignal): Promise<number> {
    await this.#need(cid, signal)
    const record = this.#blocks.find(cid.key)
    return record === undefined ? 0 : this.#blocks.blockLength(record)
  }

  /** Returns the table of a node; undefined for a leaf whose bytes lie in a whole file already. */
  async #table(cid: Cid, signal: AbortSignal): Promise<ChunkTable | undefined> {
    const key = String(cid)
    const known = this.#tables.peek(key)
    // A remembered table does not suffice: the reader needs the node itself.
    if (known !== undefined && this.#blocks.find(cid.key) !== undefined) return known
    await this.#need(cid, signal)
    if (this.#blocks.find(cid.key)?.framed === true) return undefined
    return this.#tables.get(key, () => chunkTable(cid, this.#blocks.get(cid)))
  }
}

/** Returns where a part begins, counted from the start of its node's bytes. */
const startOf = (table: ChunkTable, i: number): number =>
  i === 0 ? table.inline.length : table.ends[i - 1]!

/**
 * Returns the file bytes in a leaf's block, and whether the block is nothing but those in a frame.
 */
export function payloadOf(cid: Cid, block: Uint8Array): { payload: Uint8Array; framed: boolean } {
  if (cid.codec === RAW) return { payload: block, framed: false }
  const { data } = decodePb(block)
  const payload = (data === undefined ? undefined : decodeUnixFs(data).data) ?? new Uint8Array(0)
  const framed = payload.length > 0 && isFrameOf(block, payload)
  return { payload, framed }
}
