/**
 * Blocks over named files, for every backend that stores files. Blocks that are put lie below
 * `blocks/`, one file each; blocks of CAR files are read where they lie.
 */
import { toHex } from '../../src/core/bytes.js'
import type { Cid } from '../../src/core/cid.js'
import type { Clock } from '../../src/core/clock.js'
import { isKitError, KitError } from '../../src/core/errors.js'
import { MAX_BLOCK, type BlockReader, type BlockWriter } from '../facets/blocks.js'
import type { CallOptions } from '../facets/call.js'
import type { NamedFiles } from '../facets/named-files.js'
import type { FileStreams } from '../facets/streams.js'
import { verifyAhead } from '../hashed-blocks.js'
import { ArchiveStreams } from './archive-streams.js'
import { Archives } from './archives.js'
import { Skipped } from '../skipped.js'
import { readRange } from './read-range.js'

export interface FileBlocksTools {
  readonly clock?: Clock | undefined
  readonly skipped?: Skipped
  /** The folders that hold archives. */
  readonly folders?: readonly string[] | undefined
}

export class FileBlocks implements BlockReader, BlockWriter {
  readonly archives: Archives
  readonly streams: FileStreams
  readonly #files: NamedFiles
  readonly #where: string
  readonly #skipped: Skipped

  /** @param where the files lie, for messages. */
  constructor(
    files: NamedFiles,
    where: string,
    { clock, folders, skipped = new Skipped(where) }: FileBlocksTools = {}
  ) {
    this.#files = files
    this.#where = where
    this.#skipped = skipped
    this.archives = new Archives(files, { clock, skipped, folders })
    const getBlock = this.getBlock.bind(this)
    this.streams = new ArchiveStreams(files, this.archives, getBlock)
  }

  async getBlock(cid: Cid, options: CallOptions): Promise<Uint8Array> {
    // What is known to be in an archive costs one read; its own file may not even be there.
    const known = await this.#fromKnownArchive(cid, options)
    if (known !== undefined) return known
    // Its own file comes before a search: a damaged archive must not hide it.
    const own = await this.#ownFile(cid, options)
    if (own instanceof Uint8Array) return own
    const block = await this.archives.search(cid, options)
    if (block !== undefined) return block
    if (own !== undefined) throw own
    throw new KitError('BLOCK_NOT_FOUND', `${cid} is not in ${this.#where}`)
  }

  async #fromKnownArchive(cid: Cid, options: CallOptions): Promise<Uint8Array | undefined> {
    try {
      return await this.archives.known(cid, options)
    } catch (error) {
      if (!isKitError(error, 'INTEGRITY')) throw error
      // Another copy may be sound; the search says that none is.
      return undefined
    }
  }

  /** Returns the verified block of its own file; where that is damaged, an error that says so. */
  async #ownFile(cid: Cid, options: CallOptions): Promise<Uint8Array | KitError | undefined> {
    try {
      const name = blockName(cid)
      const block = await readRange(this.#files, name, { position: 0 }, MAX_BLOCK, options)
      verifyAhead(cid, block)
      return block
    } catch (error) {
      // An archive may have it too.
      if (isKitError(error, 'INTEGRITY')) return error
      if (isKitError(error, 'PATH_NOT_FOUND')) return undefined
      // Larger than any block is not the block.
      if (!isKitError(error, 'TOO_LARGE')) throw error
      this.#skipped.tell(`${this.#where}: ${error.message}`)
      return undefined
    }
  }

  putBlock(cid: Cid, block: Uint8Array, options: CallOptions): Promise<void> {
    return this.#files.put(blockName(cid), () => [block], options)
  }

  deleteBlock(cid: Cid, options: CallOptions): Promise<void> {
    return this.#files.remove(blockName(cid), options)
  }
}

/** Blocks are filed by their multihashes, as those of CARs are: CIDv0 and v1 share one. */
function blockName(cid: Cid): string {
  const key = toHex(cid.multihash)
  return `blocks/${key.slice(-3, -1)}/${key}.block`
}
