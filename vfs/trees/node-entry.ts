/** An entry of a small folder, made from the node that it leads to. */
import type { Fingerprint } from '../identity.js'
import type { NodeStat, NodeType } from '../../src/core/node-stat.js'
import type { ListedEntry, Tree, TreeNode } from '../tree.js'

export class NodeEntry implements ListedEntry {
  readonly name: Uint8Array
  readonly position: number
  readonly #node: TreeNode

  constructor(name: Uint8Array, position: number, node: TreeNode) {
    this.name = name
    this.position = position
    this.#node = node
  }

  get tree(): Tree {
    return this.#node.tree
  }

  get key(): Uint8Array {
    return this.#node.key
  }

  get isFixed(): boolean {
    return this.#node.isFixed
  }

  get type(): NodeType | undefined {
    return this.#node.known()?.type
  }

  fingerprint(into: Fingerprint): void {
    this.#node.fingerprint(into)
  }

  known(): NodeStat | undefined {
    return this.#node.known()
  }

  foreignSize(): undefined {
    return undefined
  }
}
