/**
 * The interfaces of a block store: its records, its reading side and its writing side. The content
 * engine imports no other file of the store.
 */
import type { Cid } from '../core/cid.js'
import type { MappedFile } from '../core/native.js'
import type { BlockMeta, Kind } from '../formats/block-kind.js'

/** Name of a pack, a whole file or a session: a random integer of 52 bits. */
export type ObjectId = number

export interface BlockRecord {
  /** Pack or whole file that holds the bytes. */
  readonly source: ObjectId
  /** Whether `source` is a whole file; a pack otherwise. */
  readonly inFile: boolean
  /** Whether only a leaf's payload is stored, which needs its dag-pb frame to become the block. */
  readonly framed: boolean
  readonly offset: number
  /** Length of the block in bytes (of the payload where `framed`). */
  readonly length: number
  readonly kind: Kind
  /** Size that `stat` shows: of the file, or of a symlink's target. */
  readonly size: number
  /** The contiguous copy of this file, 0 for none. */
  readonly whole: ObjectId
  readonly mode: number | undefined
  readonly mtimeSec: number | undefined
  readonly mtimeNsec: number
  readonly codec: number
  readonly hashCode: number
}

/** The reading side of a block store, as the content engine uses it. All bytes are verified. */
export interface BlockSource {
  /** Returns the record of a store key; undefined if the block is not stored. */
  find(key: Uint8Array): BlockRecord | undefined
  /** Reads a whole block. @throws BLOCK_NOT_FOUND, IO. */
  get(cid: Cid): Uint8Array
  /**
   * Returns the length of a block in a foreign repository on this machine, by the size of its file
   * there and so unverified; undefined if none has it.
   */
  foreignSize(cid: Cid): number | undefined
  /** Returns the error for a block that `find` lacks: not found, or not fetched yet. */
  missing(cid: Cid): Error
  /** Returns the length of a record's block in bytes, frame included. */
  blockLength(record: BlockRecord): number
  /**
   * Runs `read`, and once more if gc moved the blocks meanwhile. `read` must look its records up
   * itself, because those found earlier name the old place.
   */
  retrying<T>(read: () => T): T
  /**
   * Reads up to `length` payload bytes of a record from `position` on into `target` at `at`.
   * @returns bytes read; fewer than asked only at the end of the record.
   * @throws IO if the file is shorter than its record says.
   */
  readPayload(
    record: BlockRecord,
    position: number,
    target: Uint8Array,
    at: number,
    length: number
  ): number
  /** Returns the tier that holds the block of a record. */
  tierOf(record: BlockRecord): 'local' | 'memory' | 'disk'
  /** Returns `local` or the name of the backend that gave a block; undefined if it was removed. */
  originName(record: BlockRecord): string | undefined
  /**
   * Returns when the bytes of a record were last hashed, ms since 1970; `read` where each read
   * hashes them, undefined where that is not on record.
   */
  verifiedAt(record: BlockRecord): number | 'read' | undefined
  /**
   * Returns when a cached block was used last, ms since 1970; undefined where it was not since it came,
   * and for what is stored here, whose uses nobody counts.
   */
  usedAt(record: BlockRecord): number | undefined
  /** Returns whether the contiguous copy of a whole file can be read without hashing its bytes. */
  hasWhole(id: ObjectId): boolean
  /** Returns where it lies, for the kernel to read it; undefined where it was changed. */
  wholePath(id: ObjectId): string | undefined
  /** Reads from the contiguous copy of a whole file, whose bytes are not hashed. */
  readWhole(id: number, position: number, target: Uint8Array, at: number, length: number): number
}

/** The writing side of a block store; a write session implements it. */
export interface BlockSink {
  /** Returns whether the block is stored already, before or within this session. */
  has(cid: Cid): boolean
  hasKey(key: Uint8Array): boolean
  /** Reads a block that was stored before this session; undefined for any other. */
  readStored(cid: Cid): Uint8Array | undefined
  /** Stores a block whose bytes are known to hash to `cid`. @returns whether it was new. */
  put(cid: Cid, block: Uint8Array, meta: BlockMeta): boolean
  /** Creates a contiguous file for one whole file; the caller fsyncs and closes `fd`. */
  createWhole(): { id: number; fd: number }
  /** Records a leaf whose payload lies in a contiguous file. */
  putLeaf(cid: Cid, id: number, offset: number, length: number, framed: boolean): void
  /**
   * Keeps a finished contiguous file that holds exactly the bytes of `root`, whose block was put
   * with `meta.whole`. A second copy of a stored file is dropped.
   */
  keepWhole(id: number, root: Cid): void
  dropWhole(id: number): void
  /** Stores the table of a HAMT directory under the key of its root in hex. */
  putTable(keyHex: string, parts: readonly Uint8Array[]): void
}

/** The tables of HAMT directories: derived files, named by the key of the root in hex. */
export interface TableFiles {
  map(keyHex: string): MappedFile | undefined
  /** Saves a table. A failure of the disk is no error, because a table can be rebuilt. */
  save(keyHex: string, parts: readonly Uint8Array[]): void
}
