/** The bytes of files: from a contiguous copy, from a block, or from the parts that a node names. */
import { DAG_PB, RAW, type Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { NotReady } from '../core/not-ready.js'
import { Kind } from '../formats/block-kind.js'
import { chunkTable, partAt, partCid, type ChunkTable } from '../formats/chunk-table.js'
import { decodePb } from '../formats/dag-pb.js'
import { decodeUnixFs } from '../formats/unixfs.js'
import type { BlockSource } from '../store/ports.js'
import { ByteCache } from './byte-cache.js'
import type { NodeStats } from './node-stats.js'
import { UnfinishedReads } from './unfinished-reads.js'

/** Deepest nesting of file nodes that is read; 1 EiB of 1 MiB chunks, 2 links a node, needs 40. */
const MAX_DEPTH = 64

/** Maximum number of links decoded for one read, about a quarter of a second. */
const MAX_DECODED_LINKS = 2_000_000

/** Maximum number of parts visited before other work of the thread gets its turn, some 5 ms. */
const PARTS_PER_TURN = 2048

export class FileReader {
  readonly #blocks: BlockSource
  readonly #stats: NodeStats
  readonly #chunks: ByteCache<ChunkTable>
  readonly #unfinished = new UnfinishedReads()
  /** Of the current read: links decoded and bytes written so far, and parts visited in this turn. */
  #decodedLinks = 0
  #done = 0
  #parts = 0

  /** @param memory bytes for chunk tables. */
  constructor(blocks: BlockSource, stats: NodeStats, memory: number) {
    this.#blocks = blocks
    this.#stats = stats
    this.#chunks = new ByteCache(memory)
  }

  /**
   * Reads bytes of a file into `target` at `at`.
   * @returns bytes read: `length`, or fewer at the file's end.
   * @throws BLOCK_NOT_FOUND, CORRUPT_FORMAT, IO; NotReady for a turn when the read is long: the same
   * read goes on from where it was.
   */
  read(cid: Cid, position: number, target: Uint8Array, at: number, length: number): number {
    const begun = this.#unfinished.take(cid, position, length)
    if (begun !== undefined) target.set(begun.bytes, at)
    this.#decodedLinks = begun?.decodedLinks ?? 0
    this.#done = begun?.bytes.length ?? 0
    this.#parts = 0
    try {
      return this.#blocks.retrying(() => {
        const done = this.#done
        return done + this.#read(cid, position + done, target, at + done, length - done, 0)
      })
    } catch (error) {
      if (!(error instanceof NotReady)) throw error
      if (error.want.type === 'turn') {
        const bytes = target.subarray(at, at + this.#done)
        this.#unfinished.keep(cid, position, length, { bytes, decodedLinks: this.#decodedLinks })
        throw error
      }
      // Asks for the whole range rather than the first missing block, so that one request fetches
      // all that this read needs and can prefetch.
      throw new NotReady({ type: 'range', cid, position, length })
    }
  }

  /** Counts bytes that were written behind those that were written before. */
  #wrote(count: number): number {
    this.#done += count
    return count
  }

  /** Reads a node: from its contiguous copy, its own payload or its parts, in that order. */
  #read(
    cid: Cid,
    position: number,
    target: Uint8Array,
    at: number,
    length: number,
    depth: number
  ): number {
    if (depth > MAX_DEPTH)
      throw new KitError('CORRUPT_FORMAT', `file nodes nested deeper than ${MAX_DEPTH} at ${cid}`)
    const record = cid.isIdentity ? undefined : this.#blocks.find(cid.key)
    if (record !== undefined) {
      if (record.whole !== 0 && cid.codec === DAG_PB && this.#blocks.hasWhole(record.whole)) {
        const wanted = Math.min(length, Math.max(0, record.size - position))
        return this.#wrote(this.#blocks.readWhole(record.whole, position, target, at, wanted))
      }
      if (record.framed ? cid.codec === DAG_PB : cid.codec !== DAG_PB)
        return this.#wrote(this.#blocks.readPayload(record, position, target, at, length))
    }
    // A raw block is its bytes, so it needs no stat.
    if (cid.codec === RAW)
      return this.#wrote(copy(this.#blocks.get(cid), position, target, at, length))
    const { kind, file } = this.#stats.stat(cid)
    if (file !== undefined) return this.#read(file, position, target, at, length, depth + 1)
    if (kind === Kind.FILE) return this.#readParts(cid, position, target, at, length, depth)
    if (kind === Kind.DIRECTORY || kind === Kind.HAMT)
      throw new KitError('IS_A_DIRECTORY', `${cid} is a directory`)
    const bytes = kind === Kind.SYMLINK ? this.readlink(cid) : this.#blocks.get(cid)
    return this.#wrote(copy(bytes, position, target, at, length))
  }

  /**
   * Reads from the parts of a file node. Each part's own size is compared with its parent's claim,
   * because a lying parent would shift all later bytes.
   */
  #readParts(
    cid: Cid,
    position: number,
    target: Uint8Array,
    at: number,
    length: number,
    depth: number
  ): number {
    const table = this.#chunkTable(cid)
    let done = this.#wrote(copy(table.inline, position, target, at, length))
    const wanted = Math.min(length, Math.max(0, table.size - position))
    for (let i = partAt(table, position + done); done < wanted; i++) {
      const start = i === 0 ? table.inline.length : table.ends[i - 1]!
      const end = table.ends[i]!
      if (end === start) continue
      if (++this.#parts > PARTS_PER_TURN) throw new NotReady({ type: 'turn', of: `reading ${cid}` })
      const part = partCid(table, i)
      const partSize = this.#stats.partStat(part).size
      if (partSize !== end - start)
        throw new KitError(
          'CORRUPT_FORMAT',
          `part ${part} of ${cid} has ${partSize} bytes where its parent says ${end - start}`
        )
      const from = position + done - start
      const take = Math.min(wanted - done, end - start - from)
      const n = this.#read(part, from, target, at + done, take, depth + 1)
      if (n !== take) throw new KitError('IO', `part ${part} of ${cid} is cut short`)
      done += n
    }
    return done
  }

  /** Returns the local file that holds exactly the verified bytes of a file, if there is one. */
  contiguous(cid: Cid): { readonly path: string; readonly size: number } | undefined {
    const record = cid.codec === DAG_PB ? this.#blocks.find(cid.key) : undefined
    if (record === undefined || record.whole === 0) return undefined
    const path = this.#blocks.wholePath(record.whole)
    return path === undefined ? undefined : { path, size: record.size }
  }

  /** Returns whether a file node has all its bytes in its own block. */
  isLeaf(cid: Cid): boolean {
    if (cid.codec !== DAG_PB || this.#blocks.find(cid.key)?.framed === true) return true
    return this.#chunkTable(cid).ends.length === 0
  }

  #chunkTable(cid: Cid): ChunkTable {
    return this.#chunks.get(cid.mapKey, () => this.#decodeTable(cid))
  }

  /**
   * Decodes a chunk table. The bound stops hostile files whose nodes, too large for the cache,
   * would be decoded again for every byte.
   */
  #decodeTable(cid: Cid): ChunkTable {
    const table = chunkTable(cid, this.#blocks.get(cid))
    this.#decodedLinks += table.ends.length
    if (this.#decodedLinks > MAX_DECODED_LINKS)
      throw new KitError('CORRUPT_FORMAT', `reading ${cid} means decoding its nodes over and over`)
    return table
  }

  /** Returns the target of a symlink. @throws INVALID_ARGUMENT for any other node. */
  readlink(cid: Cid): Uint8Array {
    const { kind } = this.#stats.stat(cid)
    if (kind !== Kind.SYMLINK) throw new KitError('INVALID_ARGUMENT', `${cid} is not a symlink`)
    const node = decodePb(this.#blocks.get(cid))
    return decodeUnixFs(node.data ?? new Uint8Array(0)).data ?? new Uint8Array(0)
  }
}

function copy(
  from: Uint8Array,
  position: number,
  target: Uint8Array,
  at: number,
  length: number
): number {
  if (position >= from.length) return 0
  const part = from.subarray(position, position + length)
  target.set(part, at)
  return part.length
}
