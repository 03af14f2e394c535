/**
 * `metadata/`: what the index knows, as files. `<CID>.json` is entered by its name and not listed, since there may be
 * millions; `index/` and `pins/` show the Parquet files of the home, which are replaced as a whole: each version is a file of its own.
 */
import { bufferOf, textOf, utf8 } from '../../src/core/bytes.js'
import type { NodeStat } from '../../src/core/node-stat.js'
import { fingerprintOf, type Fingerprint } from '../identity.js'
import type { HomeFile, HomeFilesPort, SnapshotsPort } from '../ports.js'
import type { ListedEntry, Tree, TreeNode } from '../tree.js'
import { File } from './file.js'
import { Folder } from './folder.js'
import { GeneratedFile } from './generated-file.js'
import { NodeEntry } from './node-entry.js'
import { byStablePosition } from './stable-positions.js'

/** First bytes of keys. */
const FOLDER = 1
const DOCUMENT = 2
const FILE = 3

/** Documents that are listed. */
const LISTED = ['backends.json', 'cache.json']
const FOLDERS = ['index', 'pins'] as const
type FolderName = (typeof FOLDERS)[number]

export class MetadataTree implements Tree {
  readonly name = 'metadata'
  readonly isListed = true
  readonly documents: SnapshotsPort
  readonly files: HomeFilesPort
  readonly #root: TreeNode

  constructor(documents: SnapshotsPort, files: HomeFilesPort) {
    this.documents = documents
    this.files = files
    this.#root = new RootFolder(this)
  }

  node(key: Uint8Array): TreeNode {
    const rest = bufferOf(key.subarray(1))
    if (key[0] === FOLDER) return new FilesFolder(this, rest.toString() as FolderName)
    if (key[0] === DOCUMENT) return new Document(this, rest.readUInt32LE(0))
    return key[0] === FILE ? new FileNode(this, decodeFile(rest)) : this.#root
  }

  prepare(what: string, signal: AbortSignal): Promise<void> {
    return this.documents.prepare(what, signal)
  }
}

class RootFolder extends Folder {
  readonly isFixed = false
  readonly hasRoots = false
  readonly tree: MetadataTree

  constructor(tree: MetadataTree) {
    super()
    this.tree = tree
  }

  child(name: Uint8Array): TreeNode | undefined {
    const text = textOf(name) ?? ''
    const folder = FOLDERS.find((one) => one === text)
    if (folder !== undefined) return new FilesFolder(this.tree, folder)
    if (!text.endsWith('.json')) return undefined
    const snapshot = this.tree.documents.find(text)
    return snapshot === undefined ? undefined : new Document(this.tree, snapshot.serial)
  }

  list(from: number, emit: (entry: ListedEntry) => boolean): void {
    const names = [...FOLDERS, ...LISTED]
    for (const [i, name] of names.entries()) {
      if (i < from) continue
      const node = i < FOLDERS.length ? new FilesFolder(this.tree, name as FolderName) : this.child(utf8(name)) // prettier-ignore
      if (node !== undefined && !emit(new NodeEntry(utf8(name), i + 1, node))) return
    }
  }
}

/** A folder that shows files of the home. */
class FilesFolder extends Folder {
  readonly isFixed = false
  readonly hasRoots = false
  readonly tree: MetadataTree
  override readonly key: Uint8Array
  readonly #name: FolderName

  constructor(tree: MetadataTree, name: FolderName) {
    super()
    this.tree = tree
    this.#name = name
    this.key = Uint8Array.of(FOLDER, ...utf8(name))
  }

  override fingerprint(into: Fingerprint): void {
    fingerprintOf(this.key, into)
  }

  child(name: Uint8Array): TreeNode | undefined {
    const file = this.tree.files.find(this.#name, textOf(name) ?? '')
    return file === undefined ? undefined : new FileNode(this.tree, file)
  }

  list(from: number, emit: (entry: ListedEntry) => boolean): void {
    for (const { name, position } of byStablePosition(this.tree.files.list(this.#name))) {
      const file = position <= from ? undefined : this.tree.files.find(this.#name, name)
      if (file === undefined) continue
      if (!emit(new NodeEntry(utf8(name), position, new FileNode(this.tree, file)))) return
    }
  }
}

class Document extends GeneratedFile {
  readonly #tree: MetadataTree
  readonly #serial: number

  constructor(tree: MetadataTree, serial: number) {
    const key = Buffer.alloc(5, DOCUMENT)
    key.writeUInt32LE(serial, 1)
    super(tree, key)
    this.#tree = tree
    this.#serial = serial
  }

  protected content(): { readonly bytes: Uint8Array; readonly changedAt: number } {
    const { bytes, takenAt } = this.#tree.documents.at(this.#serial)
    return { bytes, changedAt: takenAt }
  }
}

class FileNode extends File {
  readonly isFixed = true
  readonly #tree: MetadataTree
  readonly #file: HomeFile

  constructor(tree: MetadataTree, file: HomeFile) {
    super(tree, encodeFile(file))
    this.#tree = tree
    this.#file = file
  }

  stat(): NodeStat {
    const { size, mtime } = this.#file
    const time = { sec: Math.floor(mtime / 1000), nsec: Math.floor((mtime % 1000) * 1e6) }
    return { type: 'file', size, mode: undefined, mtime: time }
  }

  read(position: number, target: Uint8Array, at: number, length: number): number {
    return this.#tree.files.read(this.#file, position, target, at, length)
  }
}

function encodeFile({ folder, name, size, mtime }: HomeFile): Uint8Array {
  const head = Buffer.alloc(17, FILE)
  head.writeDoubleLE(size, 1)
  head.writeDoubleLE(mtime, 9)
  return Buffer.concat([head, utf8(`${folder}/${name}`)])
}

function decodeFile(bytes: Buffer): HomeFile {
  const text = bytes.toString('utf8', 16)
  const at = text.indexOf('/')
  const [folder, name] = [text.slice(0, at), text.slice(at + 1)]
  return { folder, name, size: bytes.readDoubleLE(0), mtime: bytes.readDoubleLE(8) }
}
