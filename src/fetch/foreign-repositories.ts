/**
 * Blocks in the folders of other programs on this machine, read by whichever thread needs one: no
 * request, no other thread. Small blocks alone: a file that comes in large ones is fetched, and
 * put together in one piece. What is read is verified here, and handed to the cache (neighbourhood.ts).
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

/** Largest block that is read here. */
const SMALL = 64 * 1024
/** Largest block that there is. */
const LARGEST = 8 << 20
/** Blocks remembered: the one that is looked at is the one that is read. */
const REMEMBERED = 16
/** Never wait for somebody to write into what is no plain file. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK

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
  readonly #buffer = Buffer.from(new ArrayBuffer(SMALL + 1))
  readonly #recent = new Map<string, Uint8Array>()

  constructor(memory: ForeignRepositoryMemory) {
    this.#folders = new SharedFolders(memory.folders)
    this.#handover = new BlockHandoverRing(memory.handover)
  }

  /**
   * The verified block of a CID; undefined where no neighbour has it small and sound: whoever
   * fetches finds out what is wrong.
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
      // The cache cannot keep up: what is fetched waits for it.
      if (!this.#handover.add(cid, block, backend)) return undefined
      return this.#remember(key, ownBytes(block))
    }
    return undefined
  }

  /**
   * How long the file of a block is, unverified; undefined where there is none, or one that is
   * longer than any block.
   */
  size(cid: Cid): number | undefined {
    for (const { folder } of this.#folders.all) {
      const found = statOf(blockPath(folder, cid))
      if (found?.isFile() === true) return found.size <= LARGEST ? found.size : undefined
    }
    return undefined
  }

  #remember(key: string, block: Uint8Array): Uint8Array {
    if (this.#recent.size === REMEMBERED) {
      const [oldest] = this.#recent.keys()
      this.#recent.delete(oldest!)
    }
    this.#recent.set(key, block)
    return block
  }

  /** @returns bytes that are good until the next call. */
  #read(path: string): Uint8Array | undefined {
    let fd: number
    try {
      fd = openSync(path, FLAGS)
    } catch {
      return undefined
    }
    try {
      // What is cut short, or still being written, does not hash to its CID.
      const length = readSync(fd, this.#buffer, 0, SMALL + 1, 0)
      return length > SMALL ? undefined : this.#buffer.subarray(0, length)
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

/** A copy. Not zeroed before it is written: of thousands of small blocks that is a good part. */
function ownBytes(block: Uint8Array): Uint8Array {
  const own = Buffer.allocUnsafeSlow(block.length)
  own.set(block)
  return own
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    // It cannot be reached: whoever reads it finds out why.
    return undefined
  }
}
