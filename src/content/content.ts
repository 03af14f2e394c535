/**
 * The reading side of the content engine: the type of a CID, the bytes of a file, the entries of a
 * folder. It is synchronous and local: a missing block is thrown as an error that names it, which
 * the caller fetches or reports.
 */
import { bufferOf } from '../core/bytes.js'
import { DAG_PB, RAW, type Cid } from '../core/cid.js'
import { isKitError, KitError } from '../core/errors.js'
import { hashFor } from '../core/hash.js'
import { NotReady } from '../core/not-ready.js'
import { type BlockRecord, type BlockSource, type TableFiles } from '../store/ports.js'
import { Kind } from '../formats/block-kind.js'
import { ByteCache } from './byte-cache.js'
import { chunkTable, partAt, partCid, type ChunkTable } from '../formats/chunk-table.js'
import { decodePb } from '../formats/dag-pb.js'
import { describeBlock } from '../formats/describe-block.js'
import { DirTable } from './dir-table.js'
import { findInHamt } from './hamt-reader.js'
import { HamtTables } from './hamt-tables.js'
import { decodeUnixFs, type Mtime } from '../formats/unixfs.js'

/** Deepest nesting of file nodes that is read; 1 EiB of 1 MiB chunks, 2 links a node, needs 40. */
const MAX_DEPTH = 64

/** Maximum number of links decoded for one read, about a quarter of a second. */
const MAX_DECODED_LINKS = 2_000_000

export interface NodeStat {
  readonly type: 'file' | 'directory' | 'symlink'
  readonly kind: Kind
  /** Bytes of a file or of a symlink's target; 0 for a directory. */
  readonly size: number
  /** Permission bits; undefined if the DAG has none. */
  readonly mode: number | undefined
  readonly mtime: Mtime | undefined
}

export interface ContentOptions {
  /** Bytes for chunk tables and directory tables. */
  readonly memory: number
  /** Whether to throw NotReady instead of building a HAMT directory's table, which takes seconds. */
  readonly prompt?: boolean
}

/** Default bytes for tables outside a mount. */
export const TABLE_MEMORY = 32 << 20

/** One thread's reading side. */
export class Content {
  readonly blocks: BlockSource
  readonly #tables: HamtTables
  readonly #chunks: ByteCache<ChunkTable>
  readonly #directories: ByteCache<DirTable>
  readonly #prompt: boolean
  /** Number of links decoded for the current read. */
  #decodedLinks = 0

  constructor(blocks: BlockSource, tables: TableFiles, options: ContentOptions) {
    this.blocks = blocks
    this.#tables = new HamtTables(tables)
    this.#chunks = new ByteCache(options.memory / 4)
    this.#directories = new ByteCache((options.memory / 4) * 3)
    this.#prompt = options.prompt ?? false
  }

  /**
   * Returns type, size and metadata of a CID, from the index alone if it has them.
   * @throws BLOCK_NOT_FOUND; CORRUPT_FORMAT for a damaged node.
   */
  stat(cid: Cid): NodeStat {
    return this.#statOf(cid, cid.isIdentity ? undefined : this.blocks.find(cid.key))
  }

  /** Returns `stat` if it succeeds locally; undefined if blocks must be fetched, or if it fails. */
  known(cid: Cid): NodeStat | undefined {
    const record = cid.isIdentity ? undefined : this.blocks.find(cid.key)
    if (record === undefined && !cid.isIdentity) return undefined
    try {
      return this.#statOf(cid, record)
    } catch (error) {
      if (isKitError(error) || error instanceof NotReady) return undefined
      throw error
    }
  }

  #statOf(cid: Cid, record: BlockRecord | undefined): NodeStat {
    if (record === undefined && hashFor(cid.hashCode) === undefined)
      throw new KitError('UNSUPPORTED', `${cid}: its hash function is not supported`)
    const known = record !== undefined && coversCodec(record, cid.codec)
    const meta = known ? metaOf(record) : this.#describe(cid, record)
    if (meta.kind === Kind.BROKEN)
      throw new KitError('CORRUPT_FORMAT', `${cid} is a damaged UnixFS node`)
    return meta
  }

  /** Returns the length of a block in a foreign repository on this machine, unverified. */
  foreignSize(cid: Cid): number | undefined {
    return this.blocks.foreignSize(cid)
  }

  /** Returns the tier that holds the block of a CID; undefined if none does. */
  tier(cid: Cid): 'local' | 'memory' | 'disk' | undefined {
    if (cid.isIdentity) return 'local'
    const record = this.blocks.find(cid.key)
    return record === undefined ? undefined : this.blocks.tierOf(record)
  }

  /** Returns `local` or the backend that gave the block of a CID; undefined if unknown. */
  origin(cid: Cid): string | undefined {
    if (cid.isIdentity) return 'local'
    const record = this.blocks.find(cid.key)
    return record === undefined ? undefined : this.blocks.originName(record)
  }

  /** Returns the type of a CID, for a raw one without any lookup; undefined if not known locally. */
  type(cid: Cid): NodeStat['type'] | undefined {
    return cid.codec === RAW ? 'file' : this.known(cid)?.type
  }

  #describe(cid: Cid, record: BlockRecord | undefined): NodeStat {
    if (record !== undefined && cid.codec !== DAG_PB)
      return statOf(cid.codec === RAW ? Kind.RAW : Kind.OPAQUE, this.blocks.blockLength(record))
    const meta = describeBlock(cid.codec, this.blocks.get(cid))
    return { ...statOf(meta.kind, meta.size), mode: meta.mode, mtime: meta.mtime }
  }

  /**
   * Reads bytes of a file into `target` at `at`.
   * @returns bytes read: `length`, or fewer at the file's end.
   * @throws BLOCK_NOT_FOUND, CORRUPT_FORMAT, IO.
   */
  read(cid: Cid, position: number, target: Uint8Array, at: number, length: number): number {
    this.#decodedLinks = 0
    try {
      return this.blocks.retrying(() => this.#read(cid, position, target, at, length, 0))
    } catch (error) {
      // Asks for the whole range rather than the first missing block, so that one request fetches
      // all that this read needs and can prefetch.
      if (error instanceof NotReady) throw new NotReady({ type: 'range', cid, position, length })
      throw error
    }
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
    const record = cid.isIdentity ? undefined : this.blocks.find(cid.key)
    if (record !== undefined) {
      if (record.whole !== 0 && cid.codec === DAG_PB) {
        const wanted = Math.min(length, Math.max(0, record.size - position))
        return this.blocks.readWhole(record.whole, position, target, at, wanted)
      }
      if (record.framed ? cid.codec === DAG_PB : cid.codec !== DAG_PB)
        return this.blocks.readPayload(record, position, target, at, length)
    }
    // A raw block is its bytes, so it needs no stat.
    if (cid.codec === RAW) return copy(this.blocks.get(cid), position, target, at, length)
    const kind = this.stat(cid).kind
    if (kind === Kind.FILE) return this.#readParts(cid, position, target, at, length, depth)
    if (kind === Kind.DIRECTORY || kind === Kind.HAMT)
      throw new KitError('IS_A_DIRECTORY', `${cid} is a directory`)
    if (kind === Kind.SYMLINK) return copy(this.readlink(cid), position, target, at, length)
    return copy(this.blocks.get(cid), position, target, at, length)
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
    let done = copy(table.inline, position, target, at, length)
    const wanted = Math.min(length, Math.max(0, table.size - position))
    for (let i = partAt(table, position + done); done < wanted; i++) {
      const start = i === 0 ? table.inline.length : table.ends[i - 1]!
      const end = table.ends[i]!
      if (end === start) continue
      const part = partCid(table, i)
      const partSize = this.#partStat(part).size
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

  /**
   * Returns the stat of a part. A missing one throws even if it could be read from a foreign
   * repository: the range is then fetched with its neighbours at once.
   */
  #partStat(cid: Cid): NodeStat {
    const record = cid.isIdentity ? undefined : this.blocks.find(cid.key)
    if (record === undefined && !cid.isIdentity) throw this.blocks.missing(cid)
    return this.#statOf(cid, record)
  }

  /** Returns the local file that holds exactly the verified bytes of a file, if there is one. */
  contiguous(cid: Cid): { readonly path: string; readonly size: number } | undefined {
    const record = cid.codec === DAG_PB ? this.blocks.find(cid.key) : undefined
    if (record === undefined || record.whole === 0) return undefined
    return { path: this.blocks.wholePath(record.whole), size: record.size }
  }

  /** Returns whether a file node has all its bytes in its own block. */
  isLeaf(cid: Cid): boolean {
    if (cid.codec !== DAG_PB || this.blocks.find(cid.key)?.framed === true) return true
    return this.#chunkTable(cid).ends.length === 0
  }

  #chunkTable(cid: Cid): ChunkTable {
    return this.#chunks.get(cacheKey(cid), () => this.#decodeTable(cid))
  }

  /**
   * Decodes a chunk table. The bound stops hostile files whose nodes, too large for the cache,
   * would be decoded again for every byte.
   */
  #decodeTable(cid: Cid): ChunkTable {
    const table = chunkTable(cid, this.blocks.get(cid))
    this.#decodedLinks += table.ends.length
    if (this.#decodedLinks > MAX_DECODED_LINKS)
      throw new KitError('CORRUPT_FORMAT', `reading ${cid} means decoding its nodes over and over`)
    return table
  }

  /** Returns the target of a symlink. @throws INVALID_ARGUMENT for any other node. */
  readlink(cid: Cid): Uint8Array {
    const { kind } = this.stat(cid)
    if (kind !== Kind.SYMLINK) throw new KitError('INVALID_ARGUMENT', `${cid} is not a symlink`)
    const node = decodePb(this.blocks.get(cid))
    return decodeUnixFs(node.data ?? new Uint8Array(0)).data ?? new Uint8Array(0)
  }

  /**
   * Returns the entries of a directory. A HAMT directory without a table has all its shards read.
   * @throws NOT_A_DIRECTORY, BLOCK_NOT_FOUND, CORRUPT_FORMAT; NotReady if it must be prompt.
   */
  directory(cid: Cid): DirTable {
    const { kind } = this.stat(cid)
    if (kind === Kind.HAMT) return this.#hamt(cid)
    if (kind !== Kind.DIRECTORY) throw new KitError('NOT_A_DIRECTORY', `${cid} is not a directory`)
    return this.#directories.get(cacheKey(cid), () =>
      DirTable.fromNode(decodePb(this.blocks.get(cid)))
    )
  }

  #hamt(cid: Cid): DirTable {
    const table = this.#tables.get(cid) ?? this.#directories.peek(cacheKey(cid))
    if (table !== undefined) return table
    if (this.#prompt) throw new NotReady({ type: 'table', cid })
    return this.#tables.build(cid, this.#load).table
  }

  /**
   * Builds and stores the table of a HAMT directory, on behalf of the prompt threads.
   * @returns undefined if it was stored; else the table, which each thread must `adopt`.
   */
  prepare(cid: Cid): Uint8Array | undefined {
    if (this.stat(cid).kind !== Kind.HAMT || this.#tables.get(cid) !== undefined) return undefined
    return this.#tables.build(cid, this.#load).unsaved
  }

  /** Keeps a table that could not be stored in memory. @throws MEMORY_BUDGET. */
  adopt(cid: Cid, table: Uint8Array): void {
    const key = cacheKey(cid)
    this.#directories.get(key, () => DirTable.fromFile(table))
    if (this.#directories.peek(key) === undefined)
      throw new KitError(
        'MEMORY_BUDGET',
        `the table of directory ${cid} fits neither on the disk nor in the mount's memory; free some space, or raise --memory`
      )
  }

  readonly #load = (cid: Cid): Uint8Array => this.blocks.get(cid)

  /**
   * Returns the CID of a name in a directory; undefined if there is none. In a HAMT without a
   * table it follows the name's hash through two or three shards instead of listing all.
   */
  child(cid: Cid, name: Uint8Array): Cid | undefined {
    // A cached table proves that the CID is a directory, for CIDs never change: no stat is needed.
    const known = this.#directories.peek(cacheKey(cid))
    if (known !== undefined) return childIn(known, name)
    if (this.stat(cid).kind === Kind.HAMT && this.#tables.get(cid) === undefined)
      return findInHamt(cid, name, this.#load)
    return childIn(this.directory(cid), name)
  }
}

function childIn(table: DirTable, name: Uint8Array): Cid | undefined {
  const i = table.find(name)
  return i < 0 ? undefined : table.cid(i)
}

/** Returns the key of a CID in the caches: its bytes as a string. */
const cacheKey = (cid: Cid): string => bufferOf(cid.bytes).toString('latin1')

/** Returns whether a record's kind holds for the codec by which the block is requested. */
const coversCodec = (record: BlockRecord, codec: number): boolean =>
  record.codec === codec && record.kind !== Kind.UNKNOWN

const TYPES: Readonly<Record<Kind, NodeStat['type']>> = {
  [Kind.UNKNOWN]: 'file',
  [Kind.RAW]: 'file',
  [Kind.FILE]: 'file',
  [Kind.DIRECTORY]: 'directory',
  [Kind.HAMT]: 'directory',
  [Kind.SYMLINK]: 'symlink',
  [Kind.OPAQUE]: 'file',
  [Kind.BROKEN]: 'file'
}

const statOf = (kind: Kind, size: number): NodeStat => ({
  type: TYPES[kind],
  kind,
  size,
  mode: undefined,
  mtime: undefined
})

const metaOf = (record: BlockRecord): NodeStat => ({
  type: TYPES[record.kind],
  kind: record.kind,
  size: record.size,
  mode: record.mode,
  mtime:
    record.mtimeSec === undefined ? undefined : { sec: record.mtimeSec, nsec: record.mtimeNsec }
})

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
