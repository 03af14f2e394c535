/**
 * An entry of a listing, as drivers tell it to the kernel. One object serves a whole listing, since
 * a million entries must not be a million objects: what it says is good until the next entry. What
 * it is asked for it looks up then, so that names alone cost no lookup.
 */
import { EMPTY } from '../src/core/bytes.js'
import { isKitError } from '../src/core/errors.js'
import { attrOf, certaintyOf, type Attr } from './attr.js'
import { Fingerprint, NodeIdentity, type FolderIdentity } from './identity.js'
import type { InodeTable } from './inode-table.js'
import type { NodeStat, NodeType } from '../src/core/node-stat.js'
import type { ListedEntry, Tree } from './tree.js'

/** Listings begin with `.` and `..`: cookies of a tree's entries are its positions and these two. */
export const FIRST_COOKIE = 2

/** The folder that is listed. */
export interface ListedFolder extends FolderIdentity {
  readonly id: number
  readonly node: { readonly hasRoots: boolean }
}

export class DirEntry {
  readonly #folder: ListedFolder
  readonly #inodes: InodeTable
  readonly #trees: readonly Tree[]
  readonly #umask: number
  readonly #fingerprint = new Fingerprint()
  readonly #identity = new NodeIdentity()
  /** Undefined for `.` and `..`. */
  #entry: ListedEntry | undefined
  #dots: Attr | undefined
  #stat: NodeStat | undefined
  #isIdentified = false
  #isClaimed = false
  name: Uint8Array = EMPTY
  /** The place behind this entry: listing again from it goes on there. */
  cookie = 0

  constructor(folder: ListedFolder, inodes: InodeTable, trees: readonly Tree[], umask: number) {
    this.#folder = folder
    this.#inodes = inodes
    this.#trees = trees
    this.#umask = umask
  }

  /** Becomes `.` or `..`, which are told without a node. */
  dots(name: Uint8Array, attr: Attr, cookie: number): this {
    this.name = name
    this.cookie = cookie
    this.#entry = undefined
    this.#dots = attr
    return this
  }

  /** Becomes an entry of a tree. */
  become(entry: ListedEntry): this {
    this.name = entry.name
    this.cookie = entry.position + FIRST_COOKIE
    this.#entry = entry
    this.#stat = undefined
    this.#isIdentified = false
    this.#isClaimed = false
    return this
  }

  /** What it is; undefined where that is not at hand. */
  get type(): NodeType | undefined {
    return this.#entry === undefined ? this.#dots?.type : (this.#stat?.type ?? this.#entry.type)
  }

  /** The low word of the number people see. */
  get numberLow(): number {
    return this.#entry === undefined
      ? (this.#dots?.inoLow ?? 0)
      : this.#identify(this.#entry).numberLow
  }

  get numberHigh(): number {
    return this.#entry === undefined
      ? (this.#dots?.inoHigh ?? 0)
      : this.#identify(this.#entry).numberHigh
  }

  /** The number of a folder is of another kind: what is unknown is numbered as a file. */
  #identify(entry: ListedEntry): NodeIdentity {
    if (this.#isIdentified) return this.#identity
    this.#isIdentified = true
    entry.fingerprint(this.#fingerprint)
    const isFolder = this.type === 'directory'
    const { hasRoots } = this.#folder.node
    this.#identity.become(this.#folder, hasRoots, this.name, this.#fingerprint, isFolder)
    return this.#identity
  }

  /** Attributes; undefined where the node behind the name is not at hand. */
  attr(): Attr | undefined {
    const entry = this.#entry
    if (entry === undefined) return this.#dots
    const stat = (this.#stat ??= entry.known())
    if (stat === undefined) return undefined
    const certainty = certaintyOf(entry.isFixed, stat.type)
    return attrOf(this.#identify(entry), this.#fingerprint, stat, this.#umask, certainty)
  }

  /**
   * Where it is a block that is not here but in a foreign repository: takes the length of its file
   * there for its size. To be asked for only where a size is made sure of when the file is opened,
   * before `attr` and `acquire`.
   * @returns whether its size is now an unverified claim.
   */
  claimForeignSize(): boolean {
    const size = this.#entry?.foreignSize()
    if (size === undefined) return false
    this.#isClaimed = true
    this.#stat = { type: 'file', size, mode: undefined, mtime: undefined }
    return true
  }

  /**
   * Takes a reference for the kernel. @returns the node id, 0 where there is no node. A full
   * table costs a listing its attributes, not its names.
   */
  acquire(): number {
    const entry = this.#entry
    const stat = entry === undefined ? undefined : (this.#stat ??= entry.known())
    if (entry === undefined || stat === undefined) return 0
    const tree = this.#trees.indexOf(entry.tree)
    const claimed = this.#isClaimed ? entry.position : undefined
    try {
      return this.#inodes.acquire(
        this.#folder.id,
        this.#identify(entry),
        tree,
        entry.key,
        stat,
        claimed
      )
    } catch (error) {
      if (isKitError(error, 'MEMORY_BUDGET')) return 0
      throw error
    }
  }
}
