/**
 * The backend port: somebody else who holds blocks. What a backend gives is never believed: every
 * byte is hashed against its CID by `wrap/verified.ts` before anyone sees it.
 */
import type { Cid } from '../src/core/cid.js'
import type { BlockFolder } from './flatfs.js'
import type { Capability } from './capabilities.js'

/** What every call takes. */
export interface CallOptions {
  /** Ends the call; it then rejects with the signal's reason. */
  readonly signal: AbortSignal
}

/** A key that the other side holds. */
export interface NamedKey {
  readonly name: string
  /** Its IPNS name. */
  readonly id: string
}

/** An entry of a folder whose contents change. */
export interface MutableEntry {
  readonly name: string
  readonly type: 'file' | 'directory'
  /** Bytes of a file; 0 for a folder. */
  readonly size: number
  readonly cid: string
}

export interface BackendHealth {
  /** What the other side says it is, for people. */
  readonly version: string
}

/**
 * Errors, by code: BLOCK_NOT_FOUND means that the other side said it has none; everything else
 * (BACKEND_UNAVAILABLE, TIMEOUT, RATE_LIMITED, CREDENTIALS, INTEGRITY, UNSUPPORTED) means that
 * we do not know.
 */
export interface Backend {
  readonly name: string
  readonly type: string
  readonly capabilities: ReadonlySet<Capability>
  /** Where its blocks lie on this machine, for anybody here to read. */
  readonly folder?: BlockFolder | undefined

  /** The bytes under a CID, as the other side gives them. */
  getBlock(cid: Cid, options: CallOptions): Promise<Uint8Array>

  /**
   * The bytes of a UnixFS file from `position` on, unverified, as they come; needs `file-stream`.
   * Whoever reads it stops when he has enough.
   */
  readFile?(cid: Cid, position: number, options: CallOptions): AsyncIterable<Uint8Array>

  /**
   * The blocks of one UnixFS entity, unverified, as a CARv1; needs `entity-car`. Of a file those that
   * hold its bytes from `position` on, in their order, with what lies on the way to them; of a
   * directory (`position` 0) all its shards, and nothing of its entries.
   */
  readEntityCar?(cid: Cid, position: number, options: CallOptions): AsyncIterable<Uint8Array>

  /**
   * The bytes of several UnixFS files one behind the other, unverified, as they come; needs
   * `many-files`. One that is missing ends it with an error.
   */
  readFiles?(cids: readonly Cid[], options: CallOptions): AsyncIterable<Uint8Array>

  /** The blocks below a CID, depth first, unverified, as a CARv1; needs `dag-export`. */
  exportDag?(cid: Cid, options: CallOptions): AsyncIterable<Uint8Array>

  /** Keep a block; needs `put`. Durable as far as the other side promises when it resolves. */
  putBlock?(cid: Cid, block: Uint8Array, options: CallOptions): Promise<void>

  /** Let go of a block; needs `delete`. One that is not there is no error. */
  deleteBlock?(cid: Cid, options: CallOptions): Promise<void>

  /** Keep a DAG, fetching what it lacks; needs `pin`. */
  pin?(cid: Cid, options: CallOptions): Promise<void>
  unpin?(cid: Cid, options: CallOptions): Promise<void>

  /**
   * The signed records of an IPNS name that there are, unverified, one at least; needs `names`.
   * @param name as base36 of its CID.
   */
  getNameRecords?(name: string, options: CallOptions): Promise<readonly Uint8Array[]>

  /** The keys that the other side holds; needs `keys`. */
  listKeys?(options: CallOptions): Promise<readonly NamedKey[]>

  /** Let the name of one of those keys lead to a path such as `/ipfs/CID`; needs `keys`. */
  publishName?(key: string, path: string, options: CallOptions): Promise<void>

  /** A folder of the other side's mutable files; needs `mutable-files`. */
  listMutable?(path: string, options: CallOptions): Promise<readonly MutableEntry[]>

  /** Ask whether it is there at all. */
  health(options: CallOptions): Promise<BackendHealth>

  /** Let go of connections. Calls after it reject with CLOSED. */
  close(): Promise<void>
}
