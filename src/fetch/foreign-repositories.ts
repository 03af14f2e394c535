/**
 * Reads blocks from foreign repositories, that is, folders of other programs on this machine, on
 * the thread that needs them: without a request or another thread. Only small blocks are read: a
 * file of large ones is fetched, and assembled in one piece. Blocks are verified here and handed to
 * the cache (foreign-repository-keeper.ts).
 */
import { closeSync, constants, openSync, readSync, statSync, type Stats } from 'node:fs'
import { blockPath } from '../../backends/flatfs.js'
import { bufferOf } from '../core/bytes.js'
import { verifyBlock, type Cid } from '../core/cid.js'
import { isKitError, systemCode } from '../core/errors.js'
import {
  BlockHandoverRing,
  reserveBlockHandover,
  type BlockHandoverMemory
} from './block-handover-ring.js'
import { reserveFolders, SharedFolders, type FolderMemory } from './shared-folders.js'

/** Largest block that is read here, in bytes. */
const MAX_READ = 64 * 1024
/** Largest block of any repository, in bytes. */
const MAX_BLOCK = 8 << 20
/** Blocks remembered, because a block is read again right after its size was looked at. */
const MAX_RECENT = 16
/** Opening must not wait for a writer where the path is a pipe. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK

export interface ForeignRepositoryMemory {
  readonly folders: FolderMemory
  readonly handover: BlockHandoverMemory
}

export const reserveForeignRepositories = (): ForeignRepositoryMemory => ({
  folders: reserveFolders(),
  handover: reserveBlockHandover()
})

export class ForeignRepositories {
  readonly #folders: SharedFolders
  readonly #handover: BlockHandoverRing
  readonly #buffer = Buffer.from(new ArrayBuffer(MAX_READ + 1))
  readonly #recent = new Map<string, Uint8Array>()

  constructor(memory: ForeignRepositoryMemory) {
    this.#folders = new SharedFolders(memory.folders)
    this.#handover = new BlockHandoverRing(memory.handover)
  }

  /**
   * Returns the verified block of a CID; undefined where no foreign repository has it small and
   * sound. Errors are not reported, since the fetch that follows finds them.
   */
  get(cid: Cid): Uint8Array | undefined {
    const folders = this.#folders.all
    if (folders.length === 0) return undefined
    const key = bufferOf(cid.bytes).toString('latin1')
    const recent = this.#recent.get(key)
    if (recent !== undefined) return recent
    for (const { folder, backend } of folders) {
      const block = this.#read(blockPath(folder, cid))
      if (block === undefined || !isBlockOf(cid, block)) continue
      // The ring is full because the cache cannot keep up: a fetch waits for the cache instead.
      if (!this.#handover.add(cid, block, backend)) return undefined
      return this.#remember(key, ownBytes(block))
    }
    return undefined
  }

  /**
   * Returns the length of a block's file, unverified; undefined where there is none, or one longer
   * than any block.
   */
  size(cid: Cid): number | undefined {
    for (const { folder } of this.#folders.all) {
      const found = statOf(blockPath(folder, cid))
      if (found?.isFile() === true) return found.size <= MAX_BLOCK ? found.size : undefined
    }
    return undefined
  }

  #remember(key: string, block: Uint8Array): Uint8Array {
    if (this.#recent.size === MAX_RECENT) {
      const [oldest] = this.#recent.keys()
      this.#recent.delete(oldest!)
    }
    this.#recent.set(key, block)
    return block
  }

  /** Reads a small file. @returns bytes that are valid until the next call. */
  #read(path: string): Uint8Array | undefined {
    let fd: number
    try {
      fd = openSync(path, OPEN_FLAGS)
    } catch {
      return undefined
    }
    try {
      // A file that is cut short or still being written does not hash to its CID, so this one read
      // suffices.
      const length = readSync(fd, this.#buffer, 0, MAX_READ + 1, 0)
      return length > MAX_READ ? undefined : this.#buffer.subarray(0, length)
    } catch (error) {
      if (systemCode(error) === undefined) throw error
      return undefined
    } finally {
      closeSync(fd)
    }
  }
}

function isBlockOf(cid: Cid, block: Uint8Array): boolean {
  try {
    verifyBlock(cid, block)
    return true
  } catch (error) {
    if (isKitError(error)) return false
    throw error
  }
}

/** Copies a block without zeroing memory first, which costs much for thousands of small blocks. */
function ownBytes(block: Uint8Array): Uint8Array {
  const own = Buffer.allocUnsafeSlow(block.length)
  own.set(block)
  return own
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    // The path cannot be reached; the fetch that follows reports why.
    return undefined
  }
}
