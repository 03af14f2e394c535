/**
 * The reading side of the content engine: the type of a CID, the bytes of a file, the entries of a
 * folder. It is synchronous and local: a missing block is thrown as an error that names it, which
 * the caller fetches or reports.
 */
import { LRUCache } from 'lru-cache'
import { RAW, type Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import type { NodeType } from '../core/node-stat.js'
import { NotReady } from '../core/not-ready.js'
import { Kind } from '../formats/block-kind.js'
import { decodePb } from '../formats/dag-pb.js'
import type { BlockSource, TableFiles } from '../store/ports.js'
import { ByteCache } from './byte-cache.js'
import { DirTable } from './dir-table.js'
import { FileReader } from './file-reader.js'
import { findInHamt, isHamtRoot } from './hamt-reader.js'
import { HamtTables } from './hamt-tables.js'
import { NodeStats, type ContentStat } from './node-stats.js'

export interface ContentOptions {
  /** Bytes for chunk tables and directory tables. */
  readonly memory: number
  /** Whether to throw NotReady instead of building a HAMT directory's table, which takes seconds. */
  readonly prompt?: boolean
}

/** Number of HAMT directories of which it is remembered whether they are roots. */
const MAX_ROOTS = 1000

/** Default bytes for tables outside a mount. */
export const TABLE_MEMORY = 32 << 20

/** One thread's reading side. */
export class Content {
  readonly blocks: BlockSource
  readonly #tables: HamtTables
  readonly #stats: NodeStats
  readonly #files: FileReader
  readonly #directories: ByteCache<DirTable>
  readonly #prompt: boolean
  /** Whether HAMT directories without a table are roots, by cacheKey. */
  readonly #roots = new LRUCache<string, boolean>({ max: MAX_ROOTS })

  constructor(blocks: BlockSource, tables: TableFiles, options: ContentOptions) {
    this.blocks = blocks
    this.#tables = new HamtTables(tables)
    this.#stats = new NodeStats(blocks)
    this.#files = new FileReader(blocks, this.#stats, options.memory / 4)
    this.#directories = new ByteCache((options.memory / 4) * 3)
    this.#prompt = options.prompt ?? false
  }

  /**
   * Returns type, size and metadata of a CID, from the index alone if it has them.
   * @throws BLOCK_NOT_FOUND; CORRUPT_FORMAT for a damaged node.
   */
  stat(cid: Cid): ContentStat {
    return this.#stats.stat(cid)
  }

  /** Returns `stat` if it succeeds locally; undefined if blocks must be fetched, or if it fails. */
  known(cid: Cid): ContentStat | undefined {
    return this.#stats.known(cid)
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

  /**
   * Returns when the first block of a CID was last hashed, ms since 1970; `read` where each read
   * hashes it, undefined where it is not here.
   */
  verifiedAt(cid: Cid): number | 'read' | undefined {
    if (cid.isIdentity) return 'read'
    const record = this.blocks.find(cid.key)
    return record === undefined ? undefined : this.blocks.verifiedAt(record)
  }

  /** Returns the type of a CID, for a raw one without any lookup; undefined if not known locally. */
  type(cid: Cid): NodeType | undefined {
    return cid.codec === RAW ? 'file' : this.known(cid)?.type
  }

  /**
   * Reads bytes of a file into `target` at `at`.
   * @returns bytes read: `length`, or fewer at the file's end.
   * @throws BLOCK_NOT_FOUND, CORRUPT_FORMAT, IO.
   */
  read(cid: Cid, position: number, target: Uint8Array, at: number, length: number): number {
    return this.#files.read(cid, position, target, at, length)
  }

  /** Returns the local file that holds exactly the verified bytes of a file, if there is one. */
  contiguous(cid: Cid): { readonly path: string; readonly size: number } | undefined {
    return this.#files.contiguous(cid)
  }

  /** Returns whether a file node has all its bytes in its own block. */
  isLeaf(cid: Cid): boolean {
    return this.#files.isLeaf(cid)
  }

  /** Returns the target of a symlink. @throws INVALID_ARGUMENT for any other node. */
  readlink(cid: Cid): Uint8Array {
    return this.#files.readlink(cid)
  }

  /**
   * Returns the entries of a directory. A HAMT directory without a table has all its shards read.
   * @throws NOT_A_DIRECTORY, BLOCK_NOT_FOUND, CORRUPT_FORMAT; NotReady if it must be prompt.
   */
  directory(cid: Cid): DirTable {
    const { kind } = this.stat(cid)
    if (kind === Kind.HAMT) return this.#hamt(cid)
    if (kind !== Kind.DIRECTORY) throw new KitError('NOT_A_DIRECTORY', `${cid} is not a directory`)
    return this.#directories.get(cid.mapKey, () =>
      DirTable.fromNode(decodePb(this.blocks.get(cid)))
    )
  }

  #hamt(cid: Cid): DirTable {
    const table = this.#tables.get(cid) ?? this.#directories.peek(cid.mapKey)
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
    const key = cid.mapKey
    this.#directories.get(key, () => DirTable.fromFile(table))
    if (this.#directories.peek(key) === undefined)
      throw new KitError(
        'MEMORY_BUDGET',
        `the table of directory ${cid} fits neither on the disk nor in the mount's memory; free some space, or raise --memory`
      )
  }

  readonly #load = (cid: Cid): Uint8Array => this.blocks.get(cid)

  /** Returns whether a name that its hash does not lead to is not there. */
  #isRoot(cid: Cid): boolean {
    const key = cid.mapKey
    let isRoot = this.#roots.get(key)
    if (isRoot === undefined) this.#roots.set(key, (isRoot = isHamtRoot(cid, this.#load)))
    return isRoot
  }

  /**
   * Returns the CID of a name in a directory; undefined if there is none. In a HAMT without a
   * table it follows the name's hash through two or three shards instead of listing all.
   */
  child(cid: Cid, name: Uint8Array): Cid | undefined {
    // A cached table proves that the CID is a directory, for CIDs never change: no stat is needed.
    const known = this.#directories.peek(cid.mapKey)
    if (known !== undefined) return childIn(known, name)
    if (this.stat(cid).kind === Kind.HAMT && this.#tables.get(cid) === undefined) {
      const found = findInHamt(cid, name, this.#load)
      if (found !== undefined || this.#isRoot(cid)) return found
    }
    return childIn(this.directory(cid), name)
  }
}

function childIn(table: DirTable, name: Uint8Array): Cid | undefined {
  const i = table.find(name)
  return i < 0 ? undefined : table.cid(i)
}
