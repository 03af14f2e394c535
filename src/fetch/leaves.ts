/** The shape of a file that is not here yet: its nodes are fetched as the walk needs them. */
import { equalBytes } from '../core/bytes.js'
import { DAG_PB, RAW, type Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { ByteCache } from '../content/byte-cache.js'
import { chunkTable, partAt, partCid, type ChunkTable } from '../content/chunk-table.js'
import { decodePb } from '../content/dag-pb.js'
import { decodeUnixFs } from '../content/unixfs.js'
import { framePayload } from '../store/frame.js'
import type { BlockSource } from '../store/ports.js'

/** Deepest nesting of file nodes that is read; as of content.ts. */
const MAX_DEPTH = 64
const TABLE_MEMORY = 8 << 20

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
    for (
      let i = partAt(table, Math.max(from - base, table.inline.length));
      i < table.ends.length;
      i++
    ) {
      const start = base + (i === 0 ? table.inline.length : table.ends[i - 1]!)
      if (start >= to) return
      const size = base + table.ends[i]! - start
      if (size > 0) yield* this.#below(partCid(table, i), start, size, from, to, signal, depth + 1)
    }
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
    if (known !== undefined) return known
    await this.#need(cid, signal)
    if (this.#blocks.find(cid.key)?.framed === true) return undefined
    return this.#tables.get(key, () => chunkTable(cid, this.#blocks.get(cid)))
  }
}

/** The file bytes in a leaf's block, and whether the block is nothing but those in a frame. */
export function payloadOf(cid: Cid, block: Uint8Array): { payload: Uint8Array; framed: boolean } {
  if (cid.codec === RAW) return { payload: block, framed: false }
  const { data } = decodePb(block)
  const payload = (data === undefined ? undefined : decodeUnixFs(data).data) ?? new Uint8Array(0)
  const framed = payload.length > 0 && equalBytes(framePayload(payload), block)
  return { payload, framed }
}
