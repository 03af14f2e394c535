/** The references that the current answer gives to the kernel, taken back if it is not accepted. */
import type { InodeTable } from '../../../../vfs/inode-table.js'
import type { OpenFiles } from './open-files.js'

export class PendingReferences {
  readonly #inodes: InodeTable
  readonly #files: OpenFiles
  readonly #nodes: number[] = []
  #held = 0
  #opened = 0

  constructor(inodes: InodeTable, files: OpenFiles) {
    this.#inodes = inodes
    this.#files = files
  }

  /** Notes a reference to a node. */
  addNode(id: number): void {
    this.#nodes.push(id)
  }

  /** Notes a reference of this thread, which is released after the answer in either case. */
  addHold(id: number): void {
    this.#held = id
  }

  /** Notes an open of a node, which the kernel will release. */
  addOpen(id: number): void {
    this.#opened = id
  }

  /** Ends an answer that the kernel accepted. */
  commit(): void {
    if (this.#held !== 0) this.#inodes.forget(this.#held, 1)
    this.#nodes.length = 0
    this.#held = 0
    this.#opened = 0
  }

  rollBack(): void {
    for (const id of this.#nodes) this.#inodes.forget(id, 1)
    if (this.#opened !== 0) this.#files.release(this.#opened)
    this.commit()
  }
}
