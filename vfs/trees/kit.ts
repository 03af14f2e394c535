/**
 * `.ipfs-kit/`: what the engine tells of itself. Each snapshot of `stats.json` is a file of its
 * own, so that whoever reads one in parts has parts of one moment.
 */
import { bufferOf, utf8 } from '../../src/core/bytes.js'
import type { SnapshotPort } from '../ports.js'
import type { ListedEntry, Tree, TreeNode } from '../tree.js'
import { Folder } from './folder.js'
import { GeneratedFile } from './generated-file.js'
import { NodeEntry } from './node-entry.js'

const STATS = utf8('stats.json')

/** A copy of the mount has no use for this folder: it is not listed. */
export class KitTree implements Tree {
  readonly name = '.ipfs-kit'
  readonly isListed = false
  readonly #snapshots: SnapshotPort
  readonly #folder: TreeNode

  constructor(snapshots: SnapshotPort) {
    this.#snapshots = snapshots
    this.#folder = new KitFolder(this, snapshots)
  }

  node(key: Uint8Array): TreeNode {
    if (key.length === 0) return this.#folder
    return new SnapshotFile(this, this.#snapshots, bufferOf(key).readUInt32LE(0))
  }
}

class KitFolder extends Folder {
  readonly tree: Tree
  readonly isFixed = false
  readonly hasRoots = false
  readonly #snapshots: SnapshotPort

  constructor(tree: Tree, snapshots: SnapshotPort) {
    super()
    this.tree = tree
    this.#snapshots = snapshots
  }

  child(name: Uint8Array): TreeNode | undefined {
    return bufferOf(name).equals(STATS) ? this.#latest() : undefined
  }

  list(from: number, emit: (entry: ListedEntry) => boolean): void {
    if (from === 0) emit(new NodeEntry(STATS, 1, this.#latest()))
  }

  #latest(): TreeNode {
    return new SnapshotFile(this.tree, this.#snapshots, this.#snapshots.latest().serial)
  }
}

class SnapshotFile extends GeneratedFile {
  readonly #snapshots: SnapshotPort
  readonly #serial: number

  constructor(tree: Tree, snapshots: SnapshotPort, serial: number) {
    super(tree, keyOf(serial))
    this.#snapshots = snapshots
    this.#serial = serial
  }

  protected content(): { readonly bytes: Uint8Array; readonly changedAt: number } {
    const { bytes, takenAt } = this.#snapshots.at(this.#serial)
    return { bytes, changedAt: takenAt }
  }
}

function keyOf(serial: number): Uint8Array {
  const key = Buffer.alloc(4)
  key.writeUInt32LE(serial)
  return key
}
