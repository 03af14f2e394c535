/**
 * `ipfs/.names/`: each named pin as a symlink to its root, `../CID`, so that a path of people's own
 * words leads to content. It is entered by its name: a copy of `ipfs/` is a copy of content.
 */
import { textOf, utf8 } from '../../src/core/bytes.js'
import { fingerprintOf, type Fingerprint } from '../identity.js'
import type { ContentPort, PinsPort } from '../ports.js'
import type { ListedEntry, Tree, TreeNode } from '../tree.js'
import { ContentNode } from './content-node.js'
import { Folder } from './folder.js'
import { listLinks } from './list-links.js'

/** The name of the folder. No CID begins with a dot. */
export const NAMES = '.names'

export class PinNamesFolder extends Folder {
  readonly tree: Tree
  readonly isFixed = false
  readonly hasRoots = true
  /** No CID begins with a zero byte. */
  override readonly key = new Uint8Array([0])
  readonly #content: ContentPort
  readonly #pins: PinsPort

  constructor(tree: Tree, content: ContentPort, pins: PinsPort) {
    super()
    this.tree = tree
    this.#content = content
    this.#pins = pins
  }

  override fingerprint(into: Fingerprint): void {
    fingerprintOf(utf8(`${this.tree.name}/${NAMES}`), into)
  }

  protected override changedAt(): number {
    return this.#pins.changedAt()
  }

  child(name: Uint8Array): TreeNode | undefined {
    const link = this.#pins.links().get(textOf(name) ?? '')
    return link === undefined ? undefined : new ContentNode(this.tree, this.#content, link)
  }

  list(from: number, emit: (entry: ListedEntry) => boolean): void {
    const links = this.#pins.links()
    listLinks(links, this.tree, this.#content, from, emit)
  }
}
