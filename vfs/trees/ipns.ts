/**
 * `ipns/`: names as symlinks to where they lead. The link's text is in its key, an identity CID. So is
 * content that no link of that kind has room for, and that stands there itself.
 */
import { textOf } from '../../src/core/bytes.js'
import { Cid } from '../../src/core/cid.js'
import type { ContentPort, NamesPort } from '../ports.js'
import type { ListedEntry, Tree, TreeNode } from '../tree.js'
import { ContentNode } from './content-node.js'
import { Folder } from './folder.js'
import { listLinks } from './list-links.js'

export class IpnsTree implements Tree {
  readonly name = 'ipns'
  readonly isListed = true
  readonly #content: ContentPort
  readonly #names: NamesPort
  readonly #folder: TreeNode

  constructor(content: ContentPort, names: NamesPort) {
    this.#content = content
    this.#names = names
    this.#folder = new IpnsFolder(this, content, names)
  }

  node(key: Uint8Array): TreeNode {
    if (key.length === 0) return this.#folder
    return new ContentNode(this, this.#content, Cid.decode(key))
  }

  prepare(what: string, signal: AbortSignal): Promise<void> {
    return this.#names.prepare(what, signal)
  }
}

class IpnsFolder extends Folder {
  readonly tree: Tree
  readonly isFixed = false
  readonly hasRoots = true
  readonly #content: ContentPort
  readonly #names: NamesPort

  constructor(tree: Tree, content: ContentPort, names: NamesPort) {
    super()
    this.tree = tree
    this.#content = content
    this.#names = names
  }

  child(name: Uint8Array): TreeNode | undefined {
    const text = textOf(name)
    const link = text === undefined ? undefined : this.#names.link(text)
    return link === undefined ? undefined : new ContentNode(this.tree, this.#content, link)
  }

  list(from: number, emit: (entry: ListedEntry) => boolean): void {
    const links = new Map(this.#names.list().map(({ name, link }) => [name, link]))
    listLinks(links, this.tree, this.#content, from, emit)
  }
}
