/** Answers the requests that change something: most of them with READ_ONLY, as the tree says. */
import { KitError } from '../../../core/errors.js'
import type { FileChanges } from '../../../../vfs/changes.js'
import type { Found, Vfs } from '../../../../vfs/vfs.js'
import { EINVAL, EOPNOTSUPP, EPERM } from '../../errno.js'
import { NAME_TTL_S } from '../../validity.js'
import { errnoResult } from './outcome.js'
import type { PendingReferences } from './pending-references.js'
import {
  ATTR_OUT_BYTES,
  ENTRY_BYTES,
  IN_HEADER,
  OPEN_OUT_BYTES,
  OpenFlag,
  Rename,
  SetAttr,
  WRITE_IN_BYTES
} from './protocol.js'
import type { Owner, Reply } from './reply.js'

const O_EXCL = 0o200
const NUL = 0

/** Where fields of struct fuse_setattr_in lie. */
const FIELDS = { size: 16, atime: 32, mtime: 40, atimeNs: 56, mtimeNs: 60, mode: 68, uid: 76, gid: 80 } // prettier-ignore
const CREATE_IN_BYTES = 16
const WRITE_OUT_BYTES = 8

/** The changer of one thread. */
export class Changer {
  readonly #vfs: Vfs
  readonly #request: Buffer
  readonly #reply: Reply
  readonly #pending: PendingReferences
  readonly #owner: Owner

  constructor(vfs: Vfs, request: Buffer, reply: Reply, pending: PendingReferences, owner: Owner) {
    this.#vfs = vfs
    this.#request = request
    this.#reply = reply
    this.#pending = pending
    this.#owner = owner
  }

  #u32(at: number): number {
    return this.#request.readUInt32LE(IN_HEADER + at)
  }

  #u64(at: number): number {
    return this.#u32(at) + this.#u32(at + 4) * 0x1_0000_0000
  }

  /** Returns the text at a place of the request up to its NUL, which is copied, as names are kept. */
  #name(at: number): Buffer {
    const end = this.#request.indexOf(NUL, IN_HEADER + at)
    return Buffer.from(this.#request.subarray(IN_HEADER + at, end))
  }

  write(node: number, length: number): number {
    const [position, size] = [this.#u64(8), this.#u32(16)]
    const from = IN_HEADER + WRITE_IN_BYTES
    if (!Number.isSafeInteger(position) || from + size > length) return errnoResult(EINVAL)
    this.#vfs.fileChanges(node).write(position, this.#request.subarray(from, from + size))
    this.#reply.zero(WRITE_OUT_BYTES)
    this.#reply.u32(0, size)
    return WRITE_OUT_BYTES
  }

  create(parent: number): number {
    const isNew = (this.#u32(0) & O_EXCL) !== 0
    this.#entry(this.#vfs.create(parent, this.#name(CREATE_IN_BYTES), isNew))
    this.#reply.u64(ENTRY_BYTES, 0)
    this.#reply.u32(ENTRY_BYTES + 8, OpenFlag.DIRECT_IO)
    this.#reply.u32(ENTRY_BYTES + 12, 0)
    return ENTRY_BYTES + OPEN_OUT_BYTES
  }

  #entry({ id, attr, validity }: Found): void {
    this.#pending.addNode(id)
    this.#reply.entry(0, id, this.#vfs.inodes.generation(id), attr, NAME_TTL_S[validity])
  }

  remove(parent: number): number {
    this.#vfs.folderChanges(parent).remove(this.#name(0))
    return 0
  }

  /** @param flagsAt where the flags of renameat2 are; undefined where there are none. */
  rename(parent: number, flagsAt: number | undefined): number {
    const flags = flagsAt === undefined ? 0 : this.#u32(flagsAt)
    const name = this.#name(flagsAt === undefined ? 8 : 16)
    const to = this.#name((flagsAt === undefined ? 8 : 16) + name.length + 1)
    if ((flags & ~Rename.NOREPLACE) !== 0) return errnoResult(EINVAL)
    const folder = this.#vfs.folderChanges(parent)
    // Another folder of the same mount would have to be of the same tree.
    if (this.#u64(0) !== parent)
      throw new KitError('READ_ONLY', 'files of this folder cannot be moved elsewhere in the mount')
    folder.rename(name, to, flags === 0 ? 'replace' : 'keep')
    return 0
  }

  setAttributes(node: number): number {
    const valid = this.#u32(0)
    const changes = this.#vfs.fileChanges(node)
    const { uid, gid } = this.#owner
    const isGiven =
      ((valid & SetAttr.UID) !== 0 && this.#u32(FIELDS.uid) !== uid) ||
      ((valid & SetAttr.GID) !== 0 && this.#u32(FIELDS.gid) !== gid)
    if (isGiven) return errnoResult(EPERM)
    if ((valid & SetAttr.SIZE) !== 0) changes.truncate(this.#u64(FIELDS.size))
    if ((valid & SetAttr.MODE) !== 0) changes.setMode(this.#u32(FIELDS.mode) & 0o777)
    if ((valid & (SetAttr.ATIME | SetAttr.MTIME)) !== 0) this.#setTimes(changes, valid)
    this.#reply.attrOut(this.#vfs.getattr(node))
    return ATTR_OUT_BYTES
  }

  /** Answers what no file offers: of content it is a change, of another file something that it has not. */
  refuse(node: number): number {
    this.#vfs.fileChanges(node)
    return errnoResult(EOPNOTSUPP)
  }

  /** Content needs no sync: what a mount shows is durable. */
  sync(node: number): number {
    this.#vfs.syncFile(node)
    return 0
  }

  syncFolder(node: number): number {
    this.#vfs.syncFolder(node)
    return 0
  }

  #setTimes(changes: FileChanges, valid: number): void {
    const time = (flag: number, now: number, at: number, ns: number): number | undefined => {
      if ((valid & flag) === 0) return undefined
      return (valid & now) !== 0 ? Date.now() / 1000 : this.#u64(at) + this.#u32(ns) / 1e9
    }
    changes.setTimes(
      time(SetAttr.ATIME, SetAttr.ATIME_NOW, FIELDS.atime, FIELDS.atimeNs),
      time(SetAttr.MTIME, SetAttr.MTIME_NOW, FIELDS.mtime, FIELDS.mtimeNs)
    )
  }
}
