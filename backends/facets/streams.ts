/**
 * Answers that come piece by piece. All bytes are unverified: the reader cuts them into blocks and
 * hashes each. A piece is good until the next one is asked for. The reader stops when it has enough.
 */
import type { Cid } from '../../src/core/cid.js'
import type { CallOptions } from './call.js'

export interface FileStreams {
  /**
   * Reads a UnixFS file from byte `position` to its end.
   * @throws BLOCK_NOT_FOUND where the file, or a part of it, is missing.
   */
  readFile(cid: Cid, position: number, options: CallOptions): AsyncIterable<Uint8Array>
}

export interface FileBatches {
  /**
   * Reads several whole UnixFS files, one behind the other, with nothing between them. A file that is
   * missing ends the answer with an error, before or after the bytes of those that stand before it.
   * @throws BLOCK_NOT_FOUND.
   */
  readFiles(cids: readonly Cid[], options: CallOptions): AsyncIterable<Uint8Array>
}

export interface EntityArchives {
  /**
   * Reads the blocks of one UnixFS entity as a CARv1, depth first. Of a file it holds the blocks whose
   * bytes lie at `position` or behind, and the nodes on the way to them. Of a directory (`position`
   * 0) it holds all shards, and nothing of the entries. Where blocks are missing it ends with an
   * error or with bytes that are no section: it never tells for sure that they are.
   * Source: https://specs.ipfs.tech/http-gateways/trustless-gateway/
   */
  readEntityCar(cid: Cid, position: number, options: CallOptions): AsyncIterable<Uint8Array>
}
