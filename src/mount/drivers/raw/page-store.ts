/** Stores small files in the kernel's page cache before they are read (FUSE_NOTIFY_STORE). */
import { writeSync } from 'node:fs'
import { isKitError, systemCode } from '../../../core/errors.js'
import { NotReady } from '../../../core/not-ready.js'
import type { InodeTable } from '../../../../vfs/inode-table.js'
import type { Vfs } from '../../../../vfs/vfs.js'
import { NOTIFY_INVAL_INODE, NOTIFY_STORE, OUT_HEADER } from './protocol.js'
import { MAX_SMALL } from './siblings.js'

const STORE_HEADER = OUT_HEADER + 24

/** The page store of one thread. */
export class PageStore {
  readonly #vfs: Vfs
  readonly #inodes: InodeTable
  readonly #bytes = Buffer.from(new ArrayBuffer(STORE_HEADER + MAX_SMALL))
  readonly #view = new DataView(this.#bytes.buffer)
  #fd = -1

  constructor(vfs: Vfs) {
    this.#vfs = vfs
    this.#inodes = vfs.inodes
  }

  attach(fd: number): void {
    this.#fd = fd
  }

  /**
   * Stores the file of a node, once in the node's life; the kernel reads pages that it evicted.
   * @returns whether the mount still exists.
   */
  store(node: number): boolean {
    if (this.#inodes.isStored(node)) return true
    // The hold keeps the node id from being reused for other content meanwhile.
    if (!this.#inodes.hold(node)) return true
    try {
      const length = this.#vfs.read(node, 0, this.#bytes, STORE_HEADER, MAX_SMALL)
      // A read to the end proves the size. A wrong claim is corrected when the file is opened.
      this.#vfs.settle(node, length < MAX_SMALL ? length : undefined)
      if (this.#inodes.isMistold(node)) return true
      this.#inodes.setStored(node)
      return this.#write(node, length)
    } catch (error) {
      // The file's own read will report the error, or wait for the content.
      const known = isKitError(error) || error instanceof NotReady
      if (!known && systemCode(error) === undefined) throw error
      return true
    } finally {
      this.#inodes.forget(node, 1)
    }
  }

  /**
   * Invalidates the kernel's attributes of a file. struct fuse_notify_inval_inode_out: node u64,
   * offset i64, length i64. A negative offset leaves its pages alone, so that it waits for none.
   */
  invalidate(node: number): void {
    const bytes = Buffer.alloc(OUT_HEADER + 24)
    bytes.writeUInt32LE(bytes.length, 0)
    bytes.writeInt32LE(NOTIFY_INVAL_INODE, 4)
    bytes.writeUInt32LE(node, 16)
    bytes.writeBigInt64LE(-1n, 24)
    this.#notify(bytes, bytes.length)
  }

  /** struct fuse_notify_store_out: node u64, offset u64, size u32, padding. */
  #write(node: number, length: number): boolean {
    const view = this.#view
    view.setUint32(0, STORE_HEADER + length, true)
    view.setInt32(4, NOTIFY_STORE, true)
    view.setUint32(16, node, true)
    view.setUint32(32, length, true)
    return this.#notify(this.#bytes, STORE_HEADER + length)
  }

  /** Sends a notification. @returns whether the mount still exists. */
  #notify(bytes: Buffer, length: number): boolean {
    try {
      writeSync(this.#fd, bytes, 0, length)
      return true
    } catch (error) {
      const code = systemCode(error)
      // ENOENT: the kernel has forgotten the node. Other errors only cost speed.
      return code !== 'ENODEV' && code !== 'ECONNABORTED'
    }
  }
}
