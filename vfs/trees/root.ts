/** The root of a mount: the folders of its trees. */
import { bufferOf, utf8 } from '../../src/core/bytes.js'
import type { ListedEntry, Tree, TreeNode } from '../tree.js'
import { Folder } from './folder.js'
import { NodeEntry } from './node-entry.js'

const NO_KEY = new Uint8Array(0)

/** A tree of its own, which no record of a node ever names. */
export class RootTree implements Tree {
  readonly name = '/'
  readonly isListed = false
  readonly #folder: RootFolder

  constructor(trees: readonly Tree[]) {
    this.#folder = new RootFolder(this, trees)
  }

  node(): TreeNode {
    return this.#folder
  }
}

class RootFolder extends Folder {
  readonly tree: Tree
  readonly isFixed = true
  readonly hasRoots = true
  readonly #named: readonly { readonly name: Uint8Array; readonly tree: Tree }[]

  constructor(tree: Tree, trees: readonly Tree[]) {
    super()
    this.tree = tree
    this.#named = trees.map((one) => ({ name: utf8(one.name), tree: one }))
  }

  child(name: Uint8Array): TreeNode | undefined {
    const own = bufferOf(name)
    return this.#named.find((one) => own.equals(one.name))?.tree.node(NO_KEY)
  }

  list(from: number, emit: (entry: ListedEntry) => boolean): void {
    const listed = this.#named.filter(({ tree }) => tree.isListed)
    for (let i = from; i < listed.length; i++) {
      const { name, tree } = listed[i]!
      if (!emit(new NodeEntry(name, i + 1, tree.node(NO_KEY)))) return
    }
  }
}
