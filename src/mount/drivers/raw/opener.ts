/** Answers OPEN: directly, without requests, from the kernel's pages, or by passthrough. */
import { KitError } from '../../../core/errors.js'
import type { InodeTable } from '../../../../vfs/inode-table.js'
import type { Vfs } from '../../../../vfs/vfs.js'
import { ENOSYS } from '../../errno.js'
import type { OpenFiles } from './open-files.js'
import { errnoResult } from './outcome.js'
import type { PageStore } from './page-store.js'
import type { PendingReferences } from './pending-references.js'
import { OPEN_OUT_BYTES, OpenFlag } from './protocol.js'
import type { Reply } from './reply.js'
import { MAX_SMALL, type Siblings } from './siblings.js'

/** The handle of all files whose opens are counted. */
const HANDLE = 1
const O_ACCMODE = 3

export interface OpenerParts {
  readonly files: OpenFiles
  readonly siblings: Siblings
  readonly pages: PageStore
  /** Whether it answers deferred requests, for which no pages are stored. */
  readonly isDeferred: boolean
}

/** The opener of one thread. */
export class Opener {
  readonly #vfs: Vfs
  readonly #inodes: InodeTable
  readonly #reply: Reply
  readonly #pending: PendingReferences
  readonly #parts: OpenerParts

  constructor(vfs: Vfs, reply: Reply, pending: PendingReferences, parts: OpenerParts) {
    this.#vfs = vfs
    this.#inodes = vfs.inodes
    this.#reply = reply
    this.#pending = pending
    this.#parts = parts
  }

  /** Opens a file. @param flags of open(2). @returns the outcome. @throws READ_ONLY. */
  open(node: number, flags: number): number {
    if ((flags & O_ACCMODE) !== 0) this.#vfs.fileChanges(node)
    // A file that changes is read without the kernel's page cache.
    if (!this.#vfs.isFixed(node)) return this.#opened(OpenFlag.DIRECT_IO)
    // The hold keeps the node, because the watchdog may fail this request while a disk hangs, and
    // the kernel then forgets the node.
    if (!this.#inodes.hold(node)) throw new KitError('STALE', `node ${node} is unknown`)
    this.#pending.addHold(node)
    this.#vfs.settle(node)
    if (this.#inodes.isMistold(node)) this.#lookUpAgain(node)
    // A small file goes into the kernel's page cache, so it needs no backing file.
    const size = this.#inodes.size(node)
    const isSmall = size > 0 && size <= MAX_SMALL
    const opened = this.#parts.files.open(node, this.#inodes.generation(node), () =>
      isSmall ? undefined : this.#vfs.contiguous(node)
    )
    // ENOSYS counts for the whole connection: no OPEN or RELEASE is sent any more.
    if (opened === 'unasked') return errnoResult(ENOSYS)
    this.#pending.addOpen(node)
    this.#vfs.noteOpen(node)
    if (opened === 'first' || opened === 'cached') {
      if (isSmall) this.#storePages(node, opened === 'first')
      return this.#opened(OpenFlag.KEEP_CACHE, HANDLE)
    }
    this.#opened(OpenFlag.PASSTHROUGH, HANDLE)
    this.#reply.u32(12, opened.backing)
    return OPEN_OUT_BYTES
  }

  /**
   * Stores the bytes of a small file before the answer, which saves the READ that would follow. A file
   * that was open before may have a READ under way: a store waits for its page, and so, if all
   * threads did that, for ever.
   */
  #storePages(node: number, isFirstOpen: boolean): void {
    if (this.#inodes.isStored(node)) return
    if (isFirstOpen && !this.#parts.isDeferred) this.#parts.pages.store(node)
    this.#parts.siblings.noteRead(node, this.#inodes.generation(node))
  }

  /**
   * Makes the kernel look a name up again whose listing gave a wrong size: on ESTALE it does so
   * before it opens the file once more. It ignores answers with the old size that are still under
   * way, because the invalidation changed its attributes.
   */
  #lookUpAgain(node: number): never {
    this.#parts.pages.invalidate(node)
    throw new KitError('STALE', `node ${node} has another size than its listing told`)
  }

  openDirectory(node: number): number {
    const flags = this.#vfs.isFixed(node) ? OpenFlag.KEEP_CACHE | OpenFlag.CACHE_DIR : 0
    return this.#opened(flags)
  }

  release(node: number, handle: number): number {
    if (handle === HANDLE) this.#parts.files.release(node)
    return 0
  }

  /** Writes struct fuse_open_out. A handle only marks a counted open, as nodes are immutable. */
  #opened(flags: number, handle = 0): number {
    this.#reply.zero(OPEN_OUT_BYTES)
    this.#reply.u64(0, handle)
    this.#reply.u32(8, flags)
    return OPEN_OUT_BYTES
  }
}
