/** What the answer under way gives the kernel to hold; taken back when the kernel does not take it. */
import type { Vfs } from '../../../../vfs/vfs.js'
import type { OpenFiles } from './open-files.js'

export class Given {
  readonly #vfs: Vfs
  readonly #files: OpenFiles
  readonly #nodes: number[] = []
  #opened = 0

  constructor(vfs: Vfs, files: OpenFiles) {
    this.#vfs = vfs
    this.#files = files
  }

  /** A reference to a node. */
  node(id: number): void {
    this.#nodes.push(id)
  }

  /** An open of a node that is held for as long as its answer is under way. */
  opened(id: number): void {
    this.#opened = id
  }

  get hasOpened(): boolean {
    return this.#opened !== 0
  }

  /** The kernel has the answer. */
  taken(): void {
    this.#nodes.length = 0
    if (this.#opened !== 0) this.#vfs.forget(this.#opened, 1)
    this.#opened = 0
  }

  takeBack(): void {
    for (const id of this.#nodes) this.#vfs.forget(id, 1)
    if (this.#opened !== 0) this.#files.release(this.#opened)
    this.taken()
  }
}
