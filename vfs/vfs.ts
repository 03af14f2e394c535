/**
 * The file system behind every mount: nodes by id, names as bytes, all calls synchronous and
 * answered from what is local. What a node is its tree says; here is who it is to the kernel.
 * Semantics, paragraph by paragraph, in README.md.
 */
import { textOf, utf8 } from '../src/core/bytes.js'
import { isKitError, KitError } from '../src/core/errors.js'
import { attrOf, certaintyOf, type Attr, type InodeNumber } from './attr.js'
import type { FileChanges, FolderChanges } from './changes.js'
import { DirEntry, FIRST_COOKIE } from './dir-entry.js'
import { Fingerprint, NodeIdentity, type FolderIdentity } from './identity.js'
import { ROOT_ID, type InodeTable } from './inode-table.js'
import { nodePath } from './node-path.js'
import type { SpacePort, SpaceStat } from './ports.js'
import { RootTree } from './trees/root.js'
import type { NodeStat } from '../src/core/node-stat.js'
import type { Tree, TreeNode } from './tree.js'

export interface VfsOptions {
  /** Permission bits taken away from files and folders. */
  readonly umask: number
  /** Is told of each open of a file that a CID names. */
  readonly opened?: ((cid: Uint8Array) => void) | undefined
}

const MAX_NAME = 255
const DOT = utf8('.')
const DOT_DOT = utf8('..')
/** Nodes remembered per thread, to spare decoding the shared record on each request. */
const MAX_REMEMBERED = 256

/** A node of this mount: who it is to the kernel, and what its tree knows of it. */
interface Inode extends FolderIdentity {
  readonly id: number
  readonly generation: number
  readonly parent: number
  readonly node: TreeNode
  readonly stat: NodeStat
  readonly numberLow: number
  readonly numberHigh: number
  /** Position of its entry in its parent's listing, while its size is an unverified claim. */
  readonly claim: number | undefined
}

/** A name that was looked up. */
export interface Found {
  /** The node, which the kernel now holds one reference more to. */
  readonly id: number
  readonly attr: Attr
  /** Whether the name leads there for ever, for a while, or only until it is looked up again. */
  readonly validity: 'lasting' | 'changing' | 'none'
}

export class Vfs {
  readonly inodes: InodeTable
  readonly #trees: readonly Tree[]
  readonly #space: SpacePort
  readonly #umask: number
  readonly #opened: VfsOptions['opened']
  readonly #root: Inode
  readonly #remembered = new Map<number, Inode>()
  readonly #fingerprint = new Fingerprint()
  readonly #identity = new NodeIdentity()

  /** @param trees the folders of the root, in the order of its listing: the same in all threads of a mount. */
  constructor(
    trees: readonly Tree[],
    space: SpacePort,
    inodes: InodeTable,
    { umask, opened }: VfsOptions
  ) {
    this.#trees = trees
    this.#space = space
    this.inodes = inodes
    this.#umask = umask
    this.#opened = opened
    this.#root = rootInode(trees)
    this.#remember(this.#root)
  }

  #remember(inode: Inode): Inode {
    if (this.#remembered.size >= MAX_REMEMBERED) {
      this.#remembered.clear()
      this.#remembered.set(ROOT_ID, this.#root)
    }
    this.#remembered.set(inode.id, inode)
    return inode
  }

  #inode(id: number): Inode {
    const known = this.#remembered.get(id)
    if (known !== undefined && known.generation === this.inodes.generation(id)) return known
    const record = this.inodes.get(id)
    const inode = inodeOf(id, record, this.#trees[record.tree]!.node(record.key), record)
    // A claimed one will be another once its size is made sure of.
    return inode.claim === undefined ? this.#remember(inode) : inode
  }

  /** Whether what a node is, and what its entries are, never changes. @throws STALE. */
  isFixed(id: number): boolean {
    return this.#inode(id).node.isFixed
  }

  /** Returns the attributes of a node. @throws STALE, and what its tree throws. */
  getattr(id: number): Attr {
    const inode = this.#inode(id)
    const { node, stat, claim } = inode
    if (!node.isFixed) return this.#attrOf(inode, node.stat(), certaintyOf(false, stat.type))
    if (claim === undefined) return this.#attrOf(inode, stat, 'fixed')
    const known = node.known()
    if (known === undefined) return this.#attrOf(inode, stat, 'claimed')
    this.inodes.settle(id, known.size)
    return this.#attrOf(inode, known, 'fixed')
  }

  #attrOf(inode: Inode, stat: NodeStat, certainty: Attr['certainty']): Attr {
    inode.node.fingerprint(this.#fingerprint)
    return attrOf(inode, this.#fingerprint, stat, this.#umask, certainty)
  }

  /**
   * Makes sure of the size of a file that is held, before the kernel reads it.
   * @param size what it turned out to be, where that is known.
   * @throws NotReady, BLOCK_NOT_FOUND, CORRUPT_FORMAT.
   */
  settle(id: number, size?: number): void {
    if (!this.inodes.isClaimed(id)) return
    const inode = this.#inode(id)
    if (inode.claim === undefined) return
    this.inodes.settle(id, size ?? this.#claimedStat(inode, inode.claim).size)
  }

  /** What has to be fetched is fetched as what it is, an entry of the folder that listed it. */
  #claimedStat({ node, parent }: Inode, position: number): NodeStat {
    let folder: TreeNode
    try {
      folder = this.#inode(parent).node
    } catch (error) {
      // The kernel may have let go of the folder.
      if (isKitError(error, 'STALE')) return node.stat()
      throw error
    }
    return folder.entryStat(node.key, position)
  }

  /**
   * Finds a name and takes a reference to its node for the kernel.
   * @returns undefined when the folder has no such name.
   * @throws NAME_TOO_LONG, NOT_A_DIRECTORY, CORRUPT_FORMAT, BLOCK_NOT_FOUND for a listed name
   * whose node is not local.
   */
  lookup(parent: number, name: Uint8Array): Found | undefined {
    if (name.length > MAX_NAME) throw new KitError('NAME_TOO_LONG', 'name over 255 bytes')
    const folder = this.#inode(parent)
    const node = folder.node.child(name)
    return node === undefined ? undefined : this.#found(folder, name, node)
  }

  /** Takes a reference to the node behind a name. */
  #found(folder: Inode, name: Uint8Array, node: TreeNode): Found {
    const parent = folder.id
    const stat = node.stat()
    const fingerprint = this.#fingerprint
    const identity = this.#identity
    node.fingerprint(fingerprint)
    identity.become(folder, folder.node.hasRoots, name, fingerprint, stat.type === 'directory')
    const tree = this.#trees.indexOf(node.tree)
    const id = this.inodes.acquire(parent, identity, tree, node.key, stat)
    const generation = this.inodes.generation(id)
    this.#remember(inodeOf(id, { generation, parent, stat, claim: undefined }, node, identity))
    const certainty = certaintyOf(node.isFixed, stat.type)
    const attr = attrOf(identity, fingerprint, stat, this.#umask, certainty)
    return { id, attr, validity: nameValidity(folder.node) }
  }

  /** Returns how a file may be changed. @throws READ_ONLY, STALE. */
  fileChanges(id: number): FileChanges {
    const { fileChanges } = this.#inode(id).node
    if (fileChanges === undefined) throw new KitError('READ_ONLY', 'content never changes')
    return fileChanges
  }

  /** Returns how the entries of a folder may be changed. @throws READ_ONLY, STALE. */
  folderChanges(id: number): FolderChanges {
    const { folderChanges } = this.#inode(id).node
    if (folderChanges === undefined) throw new KitError('READ_ONLY', 'content never changes')
    return folderChanges
  }

  syncFile(id: number): void {
    this.#inode(id).node.fileChanges?.sync()
  }

  syncFolder(id: number): void {
    this.#inode(id).node.folderChanges?.sync()
  }

  /** Creates a file in a folder that may be changed, and takes a reference to it. */
  create(parent: number, name: Uint8Array, isNew: boolean): Found {
    if (name.length > MAX_NAME) throw new KitError('NAME_TOO_LONG', 'name over 255 bytes')
    const key = this.folderChanges(parent).create(name, isNew)
    const folder = this.#inode(parent)
    return this.#found(folder, name, folder.node.tree.node(key))
  }

  /**
   * Lists a folder from a cookie on (0: the beginning), until `emit` returns false or it ends.
   * Never opens a child's block: what is not at hand of it stays unknown.
   */
  readdir(id: number, cookie: number, emit: (entry: DirEntry) => boolean): void {
    const folder = this.#inode(id)
    const entry = new DirEntry(folder, this.inodes, this.#trees, this.#umask)
    if (cookie === 0 && !emit(entry.dots(DOT, this.getattr(id), 1))) return
    if (cookie <= 1 && !emit(entry.dots(DOT_DOT, this.#parentAttr(folder), FIRST_COOKIE))) return
    const from = Math.max(cookie - FIRST_COOKIE, 0)
    folder.node.list(from, (listed) => emit(entry.become(listed)))
  }

  #parentAttr({ id, parent }: Inode): Attr {
    try {
      return this.getattr(parent)
    } catch (error) {
      // The kernel may have let go of the parent; the number of `..` is a courtesy.
      if (isKitError(error, 'STALE')) return this.getattr(id)
      throw error
    }
  }

  /**
   * Reads bytes of a file.
   * @returns bytes read, 0 at or behind the end.
   * @throws IS_A_DIRECTORY, BLOCK_NOT_FOUND, CORRUPT_FORMAT, IO.
   */
  read(id: number, position: number, target: Uint8Array, at: number, length: number): number {
    return this.#inode(id).node.read(position, target, at, length)
  }

  /** Notes that a file was opened, or is read from its beginning where opens are not told. */
  noteOpen(id: number): void {
    const cid = this.#opened && this.#inode(id).node.cid
    if (cid !== undefined) this.#opened?.(cid)
  }

  /** Returns the local file that holds exactly the bytes of a node, verified, where there is one. */
  contiguous(id: number): { readonly path: string; readonly size: number } | undefined {
    return this.#inode(id).node.contiguous()
  }

  /** @throws INVALID_ARGUMENT for what is no symlink, NAME_TOO_LONG. */
  readlink(id: number): Uint8Array {
    return this.#inode(id).node.readlink()
  }

  /**
   * Returns the value of an attribute, by name; none is ever listed.
   * @returns undefined when the node has no such attribute.
   */
  getxattr(id: number, name: Uint8Array): Uint8Array | undefined {
    const value = this.#inode(id).node.attribute(textOf(name) ?? '')
    return value === undefined ? undefined : utf8(value)
  }

  /** Returns what people call a node: its path, and its CID where it has one. For the log alone. */
  describe(id: number): { readonly path: string; readonly cid: string | undefined } {
    const path = nodePath(id, (one) => this.#inode(one))
    let cid: string | undefined
    try {
      cid = this.#inode(id).node.attribute('ipfs.cid')
    } catch (error) {
      if (!isKitError(error)) throw error
    }
    return { path, cid }
  }

  statfs(): SpaceStat {
    return this.#space.space()
  }
}

/** Where programs change entries, what one leads to may be another right after. */
function nameValidity({ isFixed, folderChanges }: TreeNode): Found['validity'] {
  if (isFixed) return 'lasting'
  return folderChanges === undefined ? 'changing' : 'none'
}

/** The root of a mount: the one node without a place above it. */
function rootInode(trees: readonly Tree[]): Inode {
  const node = new RootTree(trees).node()
  const told = { generation: 0, parent: ROOT_ID, stat: node.stat(), claim: undefined }
  const nowhere = { originLow: 0, originHigh: 0, pathLow: 0, pathHigh: 0 }
  return inodeOf(ROOT_ID, told, node, { ...nowhere, numberLow: ROOT_ID, numberHigh: 0 })
}

/** Makes every inode, as the compiler is at its best with objects that are made in one place. */
function inodeOf(
  id: number,
  { generation, parent, stat, claim }: Pick<Inode, 'generation' | 'parent' | 'stat' | 'claim'>,
  node: TreeNode,
  identity: FolderIdentity & InodeNumber
): Inode {
  const { originLow, originHigh, pathLow, pathHigh, numberLow, numberHigh } = identity
  return { id, generation, parent, node, stat, originLow, originHigh, pathLow, pathHigh, numberLow, numberHigh, claim } // prettier-ignore
}
