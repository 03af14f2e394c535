/**
 * `datasets/`: each dataset is a folder of its versions, and `latest` a link that moves. `by-cid/` has each
 * version as one file. The CID of a version is a folder, too, which is entered and not listed.
 */
import { bufferOf, textOf, utf8 } from '../../src/core/bytes.js'
import { Cid } from '../../src/core/cid.js'
import { isKitError } from '../../src/core/errors.js'
import { fingerprintOf, type Fingerprint } from '../identity.js'
import type { ContentPort, DatasetPort, DatasetsPort } from '../ports.js'
import type { ListedEntry, Tree, TreeNode } from '../tree.js'
import { ContentNode } from './content-node.js'
import { Folder } from './folder.js'
import { NodeEntry } from './node-entry.js'
import { byStablePosition } from './stable-positions.js'

/** Keys of folders begin with a byte that no CID begins with; the name follows. */
const NAMED = 0
const BY_CID = 'by-cid'
const SUFFIX = '.parquet'
const DATA = utf8('data.parquet')

export class DatasetsTree implements Tree {
  readonly name = 'datasets'
  readonly isListed = true
  readonly #content: ContentPort
  readonly #datasets: DatasetsPort
  readonly #folder: TreeNode

  constructor(content: ContentPort, datasets: DatasetsPort) {
    this.#content = content
    this.#datasets = datasets
    this.#folder = new Root(this, datasets)
  }

  node(key: Uint8Array): TreeNode {
    if (key.length === 0) return this.#folder
    if (key[0] === NAMED) return this.named(bufferOf(key).toString('utf8', 1))
    return this.content(Cid.decode(key))
  }

  /** Returns a folder of this tree, without looking whether there is such a dataset. */
  named(name: string): TreeNode {
    return name === BY_CID ? new ByCid(this, this.#datasets) : new DatasetFolder(this, name, this.#datasets) // prettier-ignore
  }

  content(cid: Cid): TreeNode {
    return new ContentNode(this, this.#content, cid)
  }
}

/** A folder of the tree whose entries have names in UTF-8. */
abstract class Names extends Folder {
  readonly isFixed = false
  readonly hasRoots = true
  override readonly key: Uint8Array
  readonly tree: DatasetsTree
  readonly #name: string

  constructor(tree: DatasetsTree, name: string) {
    super()
    this.tree = tree
    this.#name = name
    this.key = name === '' ? new Uint8Array(0) : Uint8Array.from([NAMED, ...utf8(name)])
  }

  override fingerprint(into: Fingerprint): void {
    fingerprintOf(utf8(`${this.tree.name}/${this.#name}`), into)
  }

  /** Returns an entry, which need not be listed; undefined where there is none. */
  protected abstract entry(name: string): TreeNode | undefined
  /** Returns the names that are listed. */
  protected abstract names(): readonly string[]

  child(name: Uint8Array): TreeNode | undefined {
    const text = textOf(name)
    return text === undefined ? undefined : this.entry(text)
  }

  list(from: number, emit: (entry: ListedEntry) => boolean): void {
    for (const { name, position } of byStablePosition(this.names())) {
      if (position <= from) continue
      const node = this.entry(name)
      if (node !== undefined && !emit(new NodeEntry(utf8(name), position, node))) return
    }
  }
}

class Root extends Names {
  readonly #datasets: DatasetsPort

  constructor(tree: DatasetsTree, datasets: DatasetsPort) {
    super(tree, '')
    this.#datasets = datasets
  }

  protected override changedAt(): number | undefined {
    return this.#datasets.changedAt()
  }

  protected entry(name: string): TreeNode | undefined {
    if (name === BY_CID || this.#datasets.find(name) !== undefined) return this.tree.named(name)
    const data = dataOf(name, this.#datasets)
    return data === undefined ? undefined : this.tree.content(data)
  }

  protected names(): readonly string[] {
    return [BY_CID, ...this.#datasets.names()]
  }
}

class DatasetFolder extends Names {
  readonly #name: string
  readonly #datasets: DatasetsPort

  constructor(tree: DatasetsTree, name: string, datasets: DatasetsPort) {
    super(tree, name)
    this.#name = name
    this.#datasets = datasets
  }

  protected override changedAt(): number | undefined {
    return this.#find()?.changedAt
  }

  protected entry(name: string): TreeNode | undefined {
    const found = this.#find()
    const cid = found?.versions.get(name) ?? found?.link(name)
    return cid === undefined ? undefined : this.tree.content(cid)
  }

  protected names(): readonly string[] {
    const versions = [...(this.#find()?.versions.keys() ?? [])]
    return versions.length === 0 ? [] : ['latest', ...versions]
  }

  #find(): DatasetPort | undefined {
    return this.#datasets.find(this.#name)
  }
}

class ByCid extends Names {
  readonly #datasets: DatasetsPort

  constructor(tree: DatasetsTree, datasets: DatasetsPort) {
    super(tree, BY_CID)
    this.#datasets = datasets
  }

  protected override changedAt(): number | undefined {
    return this.#datasets.changedAt()
  }

  protected entry(name: string): TreeNode | undefined {
    if (!name.endsWith(SUFFIX)) return undefined
    const data = dataOf(name.slice(0, -SUFFIX.length), this.#datasets)
    const folder = data === undefined ? undefined : this.tree.content(data)
    // Of a version in several folders there is no one file.
    return folder?.stat().type === 'directory' ? folder.child(DATA) : folder
  }

  protected names(): readonly string[] {
    return this.#datasets.cids().map((cid) => `${cid}${SUFFIX}`)
  }
}

/** Returns the data of a version that is named by its CID; undefined for any other word. */
function dataOf(name: string, datasets: DatasetsPort): Cid | undefined {
  try {
    return datasets.data(Cid.parse(name))
  } catch (error) {
    if (isKitError(error, 'INVALID_CID') || isKitError(error, 'BLOCK_NOT_FOUND')) return undefined
    throw error
  }
}
