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

  /** Another answer begins: the kernel has what the last one gave. */
  begin(): void {
    this.#nodes.length = 0
    this.#opened = 0
  }

  /** A reference to a node. */
  node(id: number): void {
    this.#nodes.push(id)
  }

  /** An open of a node, which the kernel will release. */
  opened(id: number): void {
    this.#opened = id
  }

  takeBack(): void {
    for (const id of this.#nodes) this.#vfs.forget(id, 1)
    if (this.#opened !== 0) this.#files.release(this.#opened)
    this.begin()
  }
}
