/** Small files put into the kernel's page cache before it asks for them: FUSE_NOTIFY_STORE. */
import { writeSync } from 'node:fs'
import { isKitError, systemCode } from '../../../core/errors.js'
import { NotReady } from '../../../core/not-ready.js'
import type { InodeTable } from '../../../../vfs/inode-table.js'
import type { Vfs } from '../../../../vfs/vfs.js'
import { NOTIFY_INVAL_INODE, NOTIFY_STORE, OUT_HEADER } from './protocol.js'
import { MAX_SMALL } from './siblings.js'

const STORE_HEADER = OUT_HEADER + 24

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
   * Store a file that the kernel knows, once as long as it does: pages that it let go of it asks for.
   * @returns whether the mount is still there.
   */
  store(node: number): boolean {
    if (this.#inodes.isStored(node)) return true
    // Held while it is stored: a node id must not be given to other content meanwhile.
    if (!this.#inodes.hold(node)) return true
    try {
      const length = this.#vfs.read(node, 0, this.#bytes, STORE_HEADER, MAX_SMALL)
      // Read to its end, its size is known. A wrong one is put right when the file is opened.
      this.#vfs.settle(node, length < MAX_SMALL ? length : undefined)
      if (this.#inodes.isMistold(node)) return true
      this.#inodes.setStored(node)
      return this.#write(node, length)
    } catch (error) {
      // Who reads it himself is told what is wrong with it, or waits until it is here.
      const known = isKitError(error) || error instanceof NotReady
      if (!known && systemCode(error) === undefined) throw error
      return true
    } finally {
      this.#inodes.forget(node, 1)
    }
  }

  /**
   * The kernel shall believe nothing any more of what it was told of a file. struct
   * fuse_notify_inval_inode_out: node u64, offset i64, length i64. A negative offset leaves its pages
   * alone, and so waits for none.
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

  /** @returns whether the mount is still there. */
  #notify(bytes: Buffer, length: number): boolean {
    try {
      writeSync(this.#fd, bytes, 0, length)
      return true
    } catch (error) {
      const code = systemCode(error)
      // ENOENT: the kernel has let go of the node. Anything else costs speed, nothing more.
      return code !== 'ENODEV' && code !== 'ECONNABORTED'
    }
  }
}
