/** `many/`: FOLDERS folders of FILES files each, whose contents are their paths. Not listed. */
import { textOf, utf8 } from '../../src/core/bytes.js'
import type { NodeStat } from '../../src/core/node-stat.js'
import { fingerprintOf, type Fingerprint } from '../../vfs/identity.js'
import type { ListedEntry, Tree, TreeNode } from '../../vfs/tree.js'
import { Folder } from '../../vfs/trees/folder.js'
import { GeneratedFile } from '../../vfs/trees/generated-file.js'
import { NodeEntry } from '../../vfs/trees/node-entry.js'

export const FOLDERS = 24
export const FILES = 1000

export class ManyTree implements Tree {
  readonly name = 'many'
  readonly isListed = false

  /** Keys are paths, of folders with a slash at the end. */
  node(key: Uint8Array): TreeNode {
    const path = textOf(key)!
    return path === '' || path.endsWith('/') ? new ManyFolder(this, path) : new ManyFile(this, path)
  }
}

class ManyFolder extends Folder {
  readonly isFixed = true
  readonly hasRoots = false
  override readonly key: Uint8Array
  readonly #path: string

  constructor(
    readonly tree: Tree,
    path: string
  ) {
    super()
    this.#path = path
    this.key = utf8(path)
  }

  override fingerprint(into: Fingerprint): void {
    fingerprintOf(this.key, into)
  }

  get #count(): number {
    return this.#path === '' ? FOLDERS : FILES
  }

  #at(i: number): TreeNode {
    return this.tree.node(utf8(this.#path === '' ? `${i}/` : `${this.#path}${i}`))
  }

  child(name: Uint8Array): TreeNode | undefined {
    const i = Number(textOf(name))
    return Number.isInteger(i) && i >= 0 && i < this.#count ? this.#at(i) : undefined
  }

  list(from: number, emit: (entry: ListedEntry) => boolean): void {
    for (let i = from; i < this.#count; i++)
      if (!emit(new NodeEntry(utf8(String(i)), i + 1, this.#at(i)))) return
  }
}

class ManyFile extends GeneratedFile {
  constructor(tree: Tree, path: string) {
    super(tree, utf8(path))
  }

  protected content(): { readonly bytes: Uint8Array; readonly changedAt: number } {
    return { bytes: utf8(`${textOf(this.key)}\n`), changedAt: 1_700_000_000_000 }
  }

  override stat(): NodeStat {
    return { ...super.stat(), mode: 0o440 }
  }
}
