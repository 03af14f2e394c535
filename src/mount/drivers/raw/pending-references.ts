/** What the answer under way gives the kernel to hold; taken back when the kernel does not take it. */
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

  /** A reference to a node. */
  addNode(id: number): void {
    this.#nodes.push(id)
  }

  /** A reference of our own, for as long as the answer is under way. */
  addHold(id: number): void {
    this.#held = id
  }

  /** An open of a node, which the kernel will release. */
  addOpen(id: number): void {
    this.#opened = id
  }

  /** The kernel has the answer, or has had it taken back. */
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
