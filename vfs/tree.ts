/**
 * The port that every top-level folder of a mount is behind. A tree answers for one of them:
 * what its nodes are, how they are read, and how long an answer stays true. The VFS knows no more
 * of a tree than this, and a tree nothing of kernels, node ids or threads.
 *
 * All calls are synchronous and wait for no network. What is not at hand throws NotReady, saying
 * what has to be prepared; the request is then answered on the main thread, after `prepare`.
 */
import type { NodeStat, NodeType } from '../src/core/node-stat.js'
import type { FileChanges, FolderChanges } from './changes.js'
import type { Fingerprint } from './identity.js'

export interface Tree {
  /** Name of its folder in the root of the mount. */
  readonly name: string
  /** Whether the root lists it. What is not listed can be entered by its name. */
  readonly isListed: boolean
  /**
   * Returns the node that a key stands for, without looking whether it exists. The empty key is
   * the tree's own folder. Keys have at most some hundred bytes, and one key is one node for as
   * long as the mount lives: content that changes gets another key.
   */
  node(key: Uint8Array): TreeNode
  /**
   * Prepares what a node of this tree was not ready for, on the main thread of the engine.
   * @param what as the tree itself put it into NotReady.
   */
  prepare?(what: string, signal: AbortSignal): Promise<void>
}

/** A node of a tree. Errors are KitErrors, or NotReady. */
export interface TreeNode {
  readonly tree: Tree
  readonly key: Uint8Array
  /**
   * Whether it stays what it is now: a file's bytes, a folder's entries, the attributes. The
   * kernel believes that for a year, everything else for a second.
   */
  readonly isFixed: boolean
  /**
   * Whether each entry of this folder begins a tree of its own, so that numbers of the nodes below
   * depend on nothing above it.
   */
  readonly hasRoots: boolean
  /** Bytes of the CID that names its content; undefined where none does. */
  readonly cid?: Uint8Array
  /** How this file may be changed; undefined for one that is read only. */
  readonly fileChanges?: FileChanges
  /** How the entries of this folder may be changed; undefined for one that is read only. */
  readonly folderChanges?: FolderChanges
  /** Writes what tells this node's content from any other's. */
  fingerprint(into: Fingerprint): void
  /** Returns what it is. @throws NotReady, BLOCK_NOT_FOUND, CORRUPT_FORMAT, STALE. */
  stat(): NodeStat
  /** Returns what it is where that is at hand at no cost; undefined where it is not, or fails. */
  known(): NodeStat | undefined
  /**
   * Returns the node of a name in this folder, ready to be asked for its `stat`; undefined where
   * there is no such name. @throws NOT_A_DIRECTORY.
   */
  child(name: Uint8Array): TreeNode | undefined
  /**
   * Lists this folder from a position on (0: the beginning), until `emit` returns false. Nothing
   * is opened for it: what is not at hand of an entry stays unknown. @throws NOT_A_DIRECTORY.
   */
  list(from: number, emit: (entry: ListedEntry) => boolean): void
  /**
   * Returns what an entry is that `list` told at a position, where its size is still to be made
   * sure of. @param key of the entry. @param position behind the entry.
   */
  entryStat(key: Uint8Array, position: number): NodeStat
  /**
   * Reads bytes of a file into `target` at `at`. @returns bytes read: `length`, or fewer at the
   * end of the file. @throws IS_A_DIRECTORY.
   */
  read(position: number, target: Uint8Array, at: number, length: number): number
  /** Returns the local file that holds exactly the bytes of this one, verified; undefined for none. */
  contiguous(): { readonly path: string; readonly size: number } | undefined
  /** Returns the target of a symlink. @throws INVALID_ARGUMENT for any other node. */
  readlink(): Uint8Array
  /** Returns the value of an extended attribute; undefined where the node has none of that name. */
  attribute(name: string): string | undefined
}

/**
 * An entry of a listing. A tree may use one object for all of them: what it says is good until the
 * next entry.
 */
export interface ListedEntry {
  readonly tree: Tree
  readonly name: Uint8Array
  readonly key: Uint8Array
  readonly isFixed: boolean
  /** Position behind this entry, where a listing goes on. Greater than that of the entry before. */
  readonly position: number
  /** What it is, where that is at hand: `known` may cost more. */
  readonly type: NodeType | undefined
  fingerprint(into: Fingerprint): void
  /** Returns what it is where that is at hand at no cost. */
  known(): NodeStat | undefined
  /**
   * Length in bytes of the file that another program on this machine keeps this entry in, where the
   * entry itself is not here. Nobody has verified it.
   */
  foreignSize(): number | undefined
}
