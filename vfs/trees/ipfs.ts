/** `ipfs/`: any CID by its name, the pinned roots in its listing, and `.names/`. */
import { textOf, utf8 } from '../../src/core/bytes.js'
import { Cid } from '../../src/core/cid.js'
import { isKitError } from '../../src/core/errors.js'
import type { ContentPort, PinsPort } from '../ports.js'
import type { NodeStat } from '../../src/core/node-stat.js'
import type { ListedEntry, Tree, TreeNode } from '../tree.js'
import { ContentEntry, ContentNode } from './content-node.js'
import { Folder } from './folder.js'
import { NAMES, PinNamesFolder } from './pin-names.js'
import { byStablePosition, type Positioned } from './stable-positions.js'

export class IpfsTree implements Tree {
  readonly name = 'ipfs'
  readonly isListed = true
  readonly #content: ContentPort
  readonly #folder: TreeNode
  readonly #names: TreeNode

  constructor(content: ContentPort, pins: PinsPort) {
    this.#content = content
    this.#names = new PinNamesFolder(this, content, pins)
    this.#folder = new IpfsFolder(this, content, pins, this.#names)
  }

  node(key: Uint8Array): TreeNode {
    if (key.length === 0) return this.#folder
    if (key.length === this.#names.key.length) return this.#names
    return new ContentNode(this, this.#content, Cid.decode(key))
  }
}

class IpfsFolder extends Folder {
  readonly tree: Tree
  readonly isFixed = false
  readonly hasRoots = true
  readonly #content: ContentPort
  readonly #pins: PinsPort
  readonly #names: TreeNode
  #sorted: { readonly roots: readonly string[]; readonly order: readonly Positioned[] } = {
    roots: [],
    order: []
  }

  constructor(tree: Tree, content: ContentPort, pins: PinsPort, names: TreeNode) {
    super()
    this.tree = tree
    this.#content = content
    this.#pins = pins
    this.#names = names
  }

  protected override changedAt(): number {
    return this.#pins.changedAt()
  }

  child(name: Uint8Array): TreeNode | undefined {
    if (textOf(name) === NAMES) return this.#names
    const cid = rootNamed(name)
    const stat = cid === undefined ? undefined : this.#rootStat(cid)
    if (cid === undefined || stat === undefined) return undefined
    return new ContentNode(this.tree, this.#content, cid, stat)
  }

  /** A root that nobody has does not exist; anything else that fails is an error. */
  #rootStat(cid: Cid): NodeStat | undefined {
    try {
      return this.#content.stat(cid)
    } catch (error) {
      if (isKitError(error, 'BLOCK_NOT_FOUND')) return undefined
      throw error
    }
  }

  list(from: number, emit: (entry: ListedEntry) => boolean): void {
    const entry = new ContentEntry(this.tree, this.#content)
    for (const { name, position } of this.#rootsInOrder()) {
      if (position <= from) continue
      entry.become(Cid.parse(name).bytes, position)
      entry.name = utf8(name)
      if (!emit(entry)) return
    }
  }

  /** Sorted once for all requests that a long listing takes. */
  #rootsInOrder(): readonly Positioned[] {
    const roots = this.#pins.roots()
    if (roots === this.#sorted.roots) return this.#sorted.order
    const order = byStablePosition(roots)
    this.#sorted = { roots, order }
    return order
  }
}

/** A name below `ipfs/` as a CID; undefined for any other word. */
function rootNamed(name: Uint8Array): Cid | undefined {
  try {
    return Cid.parse(textOf(name) ?? '')
  } catch (error) {
    if (isKitError(error, 'INVALID_CID')) return undefined
    throw error
  }
}
