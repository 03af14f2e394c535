/**
 * What the rest of the program asks of a block store: the words (kinds, records) and the two
 * sides, reading and writing. The content engine knows this file and no other of the store.
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
  /** The bytes at `offset` are a leaf's payload: the block is that payload in its dag-pb frame. */
  readonly framed: boolean
  readonly offset: number
  /** Length of the block in bytes (of the payload where `framed`). */
  readonly length: number
  readonly kind: Kind
  /** Size people see: of the file, or of a symlink's target. */
  readonly size: number
  /** The contiguous copy of this file, 0 where there is none. */
  readonly whole: ObjectId
  readonly mode: number | undefined
  readonly mtimeSec: number | undefined
  readonly mtimeNsec: number
  readonly codec: number
  readonly hashCode: number
}

/** What the content engine needs of a store of blocks. Every answer is about verified bytes. */
export interface BlockSource {
  /** The record of a store key, undefined when the block is not here. */
  find(key: Uint8Array): BlockRecord | undefined
  /** A whole block. @throws BLOCK_NOT_FOUND, IO. */
  get(cid: Cid): Uint8Array
  /**
   * How long the file is that a neighbour on this machine keeps a block in, unverified; undefined
   * where there is none.
   */
  foreignSize(cid: Cid): number | undefined
  /** The error of a block that `find` does not find: nobody has it, or it has to be fetched. */
  missing(cid: Cid): Error
  /** Length in bytes of the block of a record. */
  blockLength(record: BlockRecord): number
  /** Run `read`; once more when gc has moved what it found. It must look records up itself. */
  retrying<T>(read: () => T): T
  /**
   * Read up to `length` payload bytes of a record from `position` on into `target` at `at`.
   * @returns bytes read; fewer than asked only at the end of the record.
   * @throws IO when the file they lie in is shorter than it should be.
   */
  readPayload(
    record: BlockRecord,
    position: number,
    target: Uint8Array,
    at: number,
    length: number
  ): number
  /** Where the block of a record lies. */
  tierOf(record: BlockRecord): 'local' | 'memory' | 'disk'
  /** Who gave the block of a record: `local`, or the name of a backend that there still is. */
  originName(record: BlockRecord): string | undefined
  wholePath(id: ObjectId): string
  /** Read from the contiguous copy of a whole file. */
  readWhole(id: number, position: number, target: Uint8Array, at: number, length: number): number
}

/** Where new blocks go. A write session is one. */
export interface BlockSink {
  /** Whether the block is stored already. */
  has(cid: Cid): boolean
  hasKey(key: Uint8Array): boolean
  /** A raw block that was stored before this session; undefined for any other. */
  peek(cid: Cid): Uint8Array | undefined
  /** Store a block whose bytes are known to hash to `cid`. @returns whether it was new. */
  put(cid: Cid, block: Uint8Array, meta: BlockMeta): boolean
  /** Open a contiguous file to write one whole file to; the caller fsyncs and closes `fd`. */
  createWhole(): { id: number; fd: number }
  /** A leaf whose payload lies in a contiguous file. */
  putLeaf(cid: Cid, id: number, offset: number, length: number, framed: boolean): void
  /**
   * Keep a finished contiguous file that holds exactly the bytes of `root`, whose block was
   * put with `meta.whole`. One that is stored already is dropped.
   */
  keepWhole(id: number, root: Cid): void
  dropWhole(id: number): void
  /** Keep the table of a HAMT directory, given by the key of its root in hex. */
  putTable(keyHex: string, parts: readonly Uint8Array[]): void
}

/** Where the tables of HAMT directories lie: derived files, named by the key of the root in hex. */
export interface TableFiles {
  map(keyHex: string): MappedFile | undefined
  /** Keep a table. Failing to is no error: it can be built again. */
  save(keyHex: string, parts: readonly Uint8Array[]): void
}
