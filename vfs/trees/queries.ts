/**
 * `queries/`: saved queries as files that editors may change, and their results. A result is content of
 * the store; it is entered by its name and not listed, because whatever walks a mount would compute it.
 */
import { textOf, utf8 } from '../../src/core/bytes.js'
import { Cid } from '../../src/core/cid.js'
import { KitError } from '../../src/core/errors.js'
import type { AtTarget, FolderChanges } from '../changes.js'
import type { ContentPort, ResultsPort, SavedFile, SavedFilesPort } from '../ports.js'
import type { NodeStat } from '../../src/core/node-stat.js'
import type { ListedEntry, Tree, TreeNode } from '../tree.js'
import { ContentNode } from './content-node.js'
import { File } from './file.js'
import { Folder } from './folder.js'
import { NodeEntry } from './node-entry.js'
import { byStablePosition } from './stable-positions.js'

/** Keys of saved files begin with a byte that no CID begins with. */
const SAVED = 0
const RESULT_NAME = /^(.+)\.(parquet|csv|json|arrow)$/

export class QueriesTree implements Tree {
  readonly name = 'queries'
  readonly isListed = true
  readonly #content: ContentPort
  readonly #files: SavedFilesPort
  readonly #results: ResultsPort
  readonly #folder: TreeNode

  constructor(content: ContentPort, files: SavedFilesPort, results: ResultsPort) {
    this.#content = content
    this.#files = files
    this.#results = results
    this.#folder = new QueriesFolder(this, files)
  }

  node(key: Uint8Array): TreeNode {
    if (key.length === 0) return this.#folder
    if (key[0] === SAVED) return new SavedNode(this, this.#files.file(key.subarray(1)))
    return this.#result(Cid.decode(key))
  }

  prepare(what: string, signal: AbortSignal): Promise<void> {
    return this.#results.prepare(what, signal)
  }

  child(name: string): TreeNode | undefined {
    const file = this.#files.find(name)
    if (file !== undefined) return new SavedNode(this, file)
    const [, query, format] = RESULT_NAME.exec(name) ?? []
    if (query === undefined || format === undefined) return undefined
    const cid = this.#results.result(query, format)
    return cid === undefined ? undefined : this.#result(cid)
  }

  #result(cid: Cid): TreeNode {
    return new ContentNode(this, this.#content, cid)
  }
}

class QueriesFolder extends Folder {
  readonly isFixed = false
  readonly hasRoots = true
  readonly tree: QueriesTree
  readonly folderChanges: FolderChanges
  readonly #files: SavedFilesPort

  constructor(tree: QueriesTree, files: SavedFilesPort) {
    super()
    this.tree = tree
    this.folderChanges = new QueriesChanges(files)
    this.#files = files
  }

  override stat(): NodeStat {
    return { ...super.stat(), mode: 0o755 }
  }

  protected override changedAt(): number | undefined {
    return this.#files.changedAt()
  }

  child(name: Uint8Array): TreeNode | undefined {
    const text = textOf(name)
    return text === undefined ? undefined : this.tree.child(text)
  }

  list(from: number, emit: (entry: ListedEntry) => boolean): void {
    const files = new Map(this.#files.list().map(({ name, file }) => [name, file]))
    for (const { name, position } of byStablePosition([...files.keys()])) {
      if (position <= from) continue
      const node = new SavedNode(this.tree, files.get(name)!)
      if (!emit(new NodeEntry(utf8(name), position, node))) return
    }
  }
}

/** Changes of the folder. Names of results are not for files. */
class QueriesChanges implements FolderChanges {
  readonly #files: SavedFilesPort

  constructor(files: SavedFilesPort) {
    this.#files = files
  }

  create(name: Uint8Array, isNew: boolean): Uint8Array {
    return keyOf(this.#files.create(fileName(name), isNew))
  }

  remove(name: Uint8Array): void {
    this.#files.remove(fileName(name))
  }

  rename(name: Uint8Array, to: Uint8Array, atTarget: AtTarget): void {
    this.#files.rename(fileName(name), fileName(to), atTarget)
  }

  sync(): void {
    this.#files.sync()
  }
}

function fileName(bytes: Uint8Array): string {
  const name = textOf(bytes)
  if (name === undefined) throw new KitError('INVALID_ARGUMENT', 'names of queries are UTF-8')
  if (RESULT_NAME.test(name))
    throw new KitError('ACCESS_DENIED', `${name} is the name of a result; save a query as NAME.sql`)
  return name
}

const keyOf = ({ id }: SavedFile): Uint8Array => Uint8Array.of(SAVED, ...id)

class SavedNode extends File {
  readonly isFixed = false
  readonly fileChanges: SavedFile

  constructor(tree: Tree, file: SavedFile) {
    super(tree, keyOf(file))
    this.fileChanges = file
  }

  stat(): NodeStat {
    return this.fileChanges.stat()
  }

  read(position: number, target: Uint8Array, at: number, length: number): number {
    return this.fileChanges.read(position, target, at, length)
  }
}
