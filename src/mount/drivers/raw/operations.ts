/** Answers kernel requests: decodes a request, calls the VFS, fills the reply. */
import { isKitError, toKitError, type KitError } from '../../../core/errors.js'
import { NotReady } from '../../../core/not-ready.js'
import type { Vfs } from '../../../../vfs/vfs.js'
import type { InodeTable } from '../../../../vfs/inode-table.js'
import { EINVAL, ENOENT, ENOSYS, EROFS, ERRNO } from '../../errno.js'
import { ATTR_OUT_BYTES, ENTRY_BYTES, IN_HEADER, MAX_READ, Op, OUT_HEADER } from './protocol.js'
import type { Failures } from '../../failures.js'
import { CHANGING_TTL_S, FIXED_TTL_S, NAME_TTL_S } from '../../validity.js'
import { bufferOf, copyOf } from '../../../core/bytes.js'
import type { Buffers } from './buffers.js'
import { PendingReferences } from './pending-references.js'
import { Changer } from './changer.js'
import { ExtendedAttributes } from './extended-attributes.js'
import { Lister } from './lister.js'
import { negotiate } from './negotiate.js'
import { isCrowded } from './node-pruner.js'
import { Opener, type OpenerParts } from './opener.js'
import { errnoResult, NO_REPLY } from './outcome.js'
import type { OpenFiles } from './open-files.js'
import { MAX_SMALL, type Siblings } from './siblings.js'
import { Reply, type Owner } from './reply.js'
import { requestText } from './request-text.js'

/** The operations that no tree offers. */
const REFUSED: ReadonlySet<number> = new Set([Op.SYMLINK, Op.MKNOD, Op.MKDIR, Op.RMDIR, Op.LINK, Op.TMPFILE]) // prettier-ignore

/**
 * Operations that must succeed even if the store fails, lest the kernel's references differ from
 * ours for good. No reader waits for them, so the watchdog ignores them.
 */
const WITHOUT_STORE: ReadonlySet<number> = new Set([
  Op.FORGET, Op.BATCH_FORGET, Op.RELEASE, Op.RELEASEDIR, Op.INTERRUPT
]) // prettier-ignore

const STATFS_BYTES = 80
/** Where struct fuse_rename2_in has its flags. */
const RENAME_FLAGS = 8
/** Maximum number of entries in a deferred listing; the kernel requests the next ones at once. */
const LATE_ENTRIES = 32

export interface OperationsOptions extends OpenerParts {
  readonly owner: Owner
  /**
   * Whether this thread answers deferred requests. It must not store pages, because reads may wait
   * for it, and it only begins listings, because the serving threads may read foreign repositories.
   */
  readonly isDeferred: boolean
  /** A file of the store, and the stacking depth of its file system. */
  readonly probe: { readonly path: string; readonly depth: number }
  /** Takes over a copy of a request that needs something prepared. */
  readonly defer: (request: Uint8Array, need: NotReady) => void
  /** Called if the reader of a request was interrupted. */
  readonly interrupted: (unique: number) => void
  readonly failures: Failures
}

/** The operations of one thread. */
export class Operations {
  readonly request: Buffer
  readonly reply: Reply
  readonly #view: DataView
  readonly #vfs: Vfs
  readonly #inodes: InodeTable
  readonly #options: OperationsOptions
  readonly #files: OpenFiles
  readonly #siblings: Siblings
  readonly #pending: PendingReferences
  readonly #lister: Lister
  readonly #opener: Opener
  readonly #changer: Changer
  readonly #attributes: ExtendedAttributes

  /** @param buffers what requests are read into and answers are filled in. */
  constructor(vfs: Vfs, { request, reply }: Buffers, options: OperationsOptions) {
    this.#vfs = vfs
    this.#inodes = vfs.inodes
    this.request = request
    this.#view = new DataView(request.buffer, request.byteOffset, request.byteLength)
    this.reply = new Reply(reply, options.owner)
    this.#options = options
    this.#files = options.files
    this.#siblings = options.siblings
    this.#pending = new PendingReferences(vfs.inodes, options.files)
    this.#lister = new Lister(vfs, this.reply, options.siblings, this.#pending, options.files)
    this.#opener = new Opener(vfs, this.reply, this.#pending, options)
    this.#changer = new Changer(vfs, request, this.reply, this.#pending, options.owner)
    this.#attributes = new ExtendedAttributes(vfs, request, this.reply)
  }

  /** Ends a request. Call it after its answer was written or rolled back. */
  answered(): void {
    this.#pending.commit()
    if (this.#view.getUint32(4, true) === Op.INIT) this.#files.probe(this.#options.probe.path)
  }

  /** Whether a reader waits for the answer to the current request. */
  get isWaitedFor(): boolean {
    return !WITHOUT_STORE.has(this.#view.getUint32(4, true))
  }

  /** Takes back the references in an answer that the kernel did not accept. */
  rollBack(): void {
    this.#pending.rollBack()
  }

  /**
   * Answers the request of `length` bytes. Errors become errnos; it never throws.
   * @param refresh runs first; its error is the request's.
   * @param absent what backends said of content that none of them has, for the log.
   * @returns bytes of the reply to write; 0 for no reply, or a deferred one.
   */
  handle(length: number, refresh: () => void, absent?: KitError): number {
    const view = this.#view
    let payload = 0
    let errno = 0
    const op = view.getUint32(4, true)
    try {
      if (!WITHOUT_STORE.has(op)) refresh()
      payload = this.#dispatch(op, length)
    } catch (error) {
      // None of this attempt's references reach the kernel, which would never give them back.
      this.#pending.rollBack()
      if (error instanceof NotReady) {
        this.#options.defer(copyOf(this.request.subarray(0, length)), error)
        return 0
      }
      payload = 0
      errno = this.#errnoOf(error, length, absent)
    }
    if (payload === NO_REPLY) return 0
    if (payload < NO_REPLY) {
      errno = NO_REPLY - payload
      payload = 0
      if (errno === ENOENT && absent !== undefined)
        this.#options.failures.noteAbsent(absent, this.#textOf(length))
    }
    return this.reply.finish(view.getUint32(8, true), view.getUint32(12, true), payload, errno)
  }

  #errnoOf(error: unknown, length: number, absent: KitError | undefined): number {
    const isAbsent = absent !== undefined && isKitError(error, 'BLOCK_NOT_FOUND')
    this.#options.failures.note(isAbsent ? absent : error, this.#textOf(length))
    return ERRNO[toKitError(error).code]
  }

  /** Describes the current request, if that is asked for. */
  #textOf(length: number): () => string {
    return () => requestText(this.request.subarray(0, length), this.#vfs)
  }

  /** Describes a request that another call handled. */
  textOf(request: Uint8Array): string {
    return requestText(bufferOf(request), this.#vfs)
  }

  get #node(): number {
    return this.#u64(16)
  }

  #u64(at: number): number {
    return this.#view.getUint32(at, true) + this.#view.getUint32(at + 4, true) * 0x1_0000_0000
  }

  #dispatch(op: number, length: number): number {
    switch (op) {
      case Op.INIT:
        return negotiate(this.#view, length, this.reply, this.#files, this.#options.probe.depth)
      case Op.LOOKUP:
        return this.#lookup(length)
      case Op.FORGET:
        this.#inodes.forget(this.#node, this.#u64(IN_HEADER))
        return NO_REPLY
      case Op.BATCH_FORGET:
        return this.#batchForget()
      case Op.GETATTR:
        this.reply.attrOut(this.#vfs.getattr(this.#node))
        return ATTR_OUT_BYTES
      case Op.READLINK:
        return this.#bytes(this.#vfs.readlink(this.#node))
      case Op.OPEN:
        return this.#opener.open(this.#node, this.#view.getUint32(IN_HEADER, true))
      case Op.OPENDIR:
        return this.#opener.openDirectory(this.#node)
      case Op.READ:
        return this.#read()
      case Op.READDIR:
      case Op.READDIRPLUS:
        return this.#readdir(op === Op.READDIRPLUS)
      case Op.STATFS:
        return this.#statfs()
      case Op.GETXATTR:
        return this.#attributes.get(this.#node, length)
      case Op.LISTXATTR:
        return this.#attributes.list()
      // INTERRUPT has no reply itself; the interrupted request is answered, if need be with EINTR.
      case Op.INTERRUPT:
        this.#options.interrupted(this.#u64(IN_HEADER))
        return NO_REPLY
      case Op.RELEASE:
        return this.#opener.release(this.#node, this.#u64(IN_HEADER))
      case Op.WRITE:
        return this.#changer.write(this.#node, length)
      case Op.CREATE:
        return this.#changer.create(this.#node)
      case Op.UNLINK:
        return this.#changer.remove(this.#node)
      case Op.RENAME:
        return this.#changer.rename(this.#node, undefined)
      case Op.RENAME2:
        return this.#changer.rename(this.#node, RENAME_FLAGS)
      case Op.SETATTR:
        return this.#changer.setAttributes(this.#node)
      case Op.SETXATTR:
      case Op.REMOVEXATTR:
      case Op.FALLOCATE:
        return this.#changer.refuse(this.#node)
      case Op.FSYNC:
        return this.#changer.sync(this.#node)
      case Op.FSYNCDIR:
        return this.#changer.syncFolder(this.#node)
      // Writes are not held back, so ENOSYS stops the kernel from sending FLUSH.
      case Op.FLUSH:
        return errnoResult(ENOSYS)
      case Op.RELEASEDIR:
      case Op.DESTROY:
        return 0
      default:
        return errnoResult(REFUSED.has(op) ? EROFS : ENOSYS)
    }
  }

  #lookup(length: number): number {
    const found = this.#vfs.lookup(this.#node, this.request.subarray(IN_HEADER, length - 1))
    if (found !== undefined) {
      this.#pending.addNode(found.id)
      if (isCrowded(this.#inodes)) this.#siblings.noteCrowded()
      const generation = this.#inodes.generation(found.id)
      this.reply.entry(0, found.id, generation, found.attr, NAME_TTL_S[found.validity])
    } else if (this.#vfs.isFixed(this.#node)) this.reply.negativeEntry()
    // In a folder that changes, the kernel must not cache that a name is missing.
    else return errnoResult(ENOENT)
    return ENTRY_BYTES
  }

  #batchForget(): number {
    const count = this.#view.getUint32(IN_HEADER, true)
    for (let i = 0; i < count; i++) {
      const at = IN_HEADER + 8 + i * 16
      this.#inodes.forget(this.#u64(at), this.#u64(at + 8))
    }
    return NO_REPLY
  }

  #read(): number {
    const position = this.#u64(IN_HEADER + 8)
    const size = Math.min(this.#view.getUint32(IN_HEADER + 16, true), MAX_READ)
    if (!Number.isSafeInteger(position)) return errnoResult(EINVAL)
    const node = this.#node
    const length = this.#vfs.read(node, position, this.reply.bytes, OUT_HEADER, size)
    if (position === 0 && this.#files.isUnasked) this.#vfs.noteOpen(node)
    if (position === 0 && length <= MAX_SMALL)
      this.#siblings.noteRead(node, this.#inodes.generation(node))
    return length
  }

  #readdir(plus: boolean): number {
    const node = this.#node
    const isFixed = this.#vfs.isFixed(node)
    return this.#lister.list({
      node,
      cookie: this.#u64(IN_HEADER + 8),
      size: Math.min(this.#view.getUint32(IN_HEADER + 16, true), MAX_READ),
      plus,
      all: !isFixed,
      nameTtl: isFixed ? FIXED_TTL_S : CHANGING_TTL_S,
      maxEntries: this.#options.isDeferred ? LATE_ENTRIES : Number.POSITIVE_INFINITY
    })
  }

  #statfs(): number {
    const { totalBytes, freeBytes, availableBytes, objects } = this.#vfs.statfs()
    const { reply } = this
    reply.zero(STATFS_BYTES)
    reply.u64(0, Math.floor(totalBytes / 4096))
    reply.u64(8, Math.floor(freeBytes / 4096))
    reply.u64(16, Math.floor(availableBytes / 4096))
    reply.u64(24, objects)
    // Nothing uses up the numbers of files, so `df -i` is to show 0 %.
    reply.u64(32, objects)
    reply.u32(40, 4096)
    reply.u32(44, 255)
    reply.u32(48, 4096)
    return STATFS_BYTES
  }

  #bytes(bytes: Uint8Array): number {
    this.reply.put(0, bytes)
    return bytes.length
  }
}
