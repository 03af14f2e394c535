/**
 * Has the kernel let go of nodes that nobody uses, where the table of nodes fills up
 * (FUSE_NOTIFY_PRUNE). It may keep names for a year, and lets go of them by itself only where memory
 * becomes scarce. An older kernel than Linux 6.18 refuses the notification.
 */
import { writeSync } from 'node:fs'
import { systemCode } from '../../../core/errors.js'
import type { InodeTable } from '../../../../vfs/inode-table.js'
import { NOTIFY_PRUNE, OUT_HEADER } from './protocol.js'

/** The part of the table from which on it is crowded, and the one that is left in use. */
const CROWDED = 3 / 4
const ENOUGH = 1 / 2
/** Nodes of one notification. */
const BATCH = 1024
const PRUNE_HEADER = OUT_HEADER + 16
/** How long answers to FORGET are awaited when all nodes were told, and how often that is looked at. */
const WAITS = 100
const WAIT_MS = 10

/** Whether the kernel is to let go of nodes. */
export const isCrowded = (inodes: InodeTable): boolean => inodes.fill > CROWDED

/** The pruner of a mount, which begins with the nodes that are oldest. */
export class NodePruner {
  readonly #inodes: InodeTable
  readonly #fd: number
  readonly #ids = new Uint32Array(BATCH)
  readonly #pause = new Int32Array(new SharedArrayBuffer(4))
  /** Id from which on nodes are told next. */
  #next = 0
  #isRefused = false

  constructor(inodes: InodeTable, fd: number) {
    this.#inodes = inodes
    this.#fd = fd
  }

  /** Goes through the nodes, at most once, until enough of them are gone. @param stopped ends it. */
  prune(stopped: () => boolean): void {
    const nodes = this.#inodes.live
    for (let told = 0; told <= nodes && this.#inodes.fill > ENOUGH; told += BATCH) {
      if (stopped() || this.#isRefused) return
      this.#next = this.#inodes.collect(this.#next, this.#ids)
      this.#tell(this.#ids.filter((id) => id !== 0))
    }
    for (let i = 0; i < WAITS && isCrowded(this.#inodes) && !stopped(); i++)
      Atomics.wait(this.#pause, 0, 0, WAIT_MS)
  }

  /** struct fuse_notify_prune_out: count u32, 12 bytes of padding; then the ids, u64. */
  #tell(ids: Uint32Array): void {
    const bytes = Buffer.alloc(PRUNE_HEADER + ids.length * 8)
    bytes.writeUInt32LE(bytes.length, 0)
    bytes.writeInt32LE(NOTIFY_PRUNE, 4)
    bytes.writeUInt32LE(ids.length, OUT_HEADER)
    // The newest first: a folder can go when what is in it is gone.
    for (const [i, id] of ids.toReversed().entries()) bytes.writeUInt32LE(id, PRUNE_HEADER + i * 8)
    try {
      writeSync(this.#fd, bytes)
    } catch (error) {
      if (systemCode(error) === undefined) throw error
      this.#isRefused = true
    }
  }
}
