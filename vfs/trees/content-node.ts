/** A node that a CID names: what every tree shows that leads to content. */
import { copyOf } from '../../src/core/bytes.js'
import { Cid, RAW } from '../../src/core/cid.js'
import { KitError } from '../../src/core/errors.js'
import { NotReady } from '../../src/core/not-ready.js'
import type { Fingerprint } from '../identity.js'
import type { ContentPort } from '../ports.js'
import type { NodeStat, NodeType } from '../../src/core/node-stat.js'
import type { ListedEntry, Tree, TreeNode } from '../tree.js'

/** The longest target that the kernel takes: it drops the whole answer that has a longer one. */
const MAX_TARGET = 4095

/** Two CIDs of one block are two nodes: by another codec, or version, it may be read otherwise. */
function cidFingerprint(cid: Cid, into: Fingerprint): void {
  const { key } = cid
  const salt = Math.imul(cid.codec ^ (cid.version << 24), 0x9e3779b1)
  into.a = wordAt(key, 0) ^ salt
  into.b = wordAt(key, 4)
  into.c = wordAt(key, 8)
  into.d = wordAt(key, 12)
}

const wordAt = (bytes: Uint8Array, at: number): number =>
  bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)

/** What is not here is hashed when it arrives. */
function verifiedText(at: number | 'read' | undefined): string {
  if (at === undefined) return 'on arrival'
  return at === 'read' ? 'at each read' : new Date(at).toISOString()
}

export class ContentNode implements TreeNode {
  readonly tree: Tree
  readonly isFixed = true
  readonly hasRoots = false
  readonly #content: ContentPort
  readonly #cid: Cid
  readonly #stat: NodeStat | undefined

  /** @param stat what is known of it already. */
  constructor(tree: Tree, content: ContentPort, cid: Cid, stat?: NodeStat) {
    this.tree = tree
    this.#content = content
    this.#cid = cid
    this.#stat = stat
  }

  get key(): Uint8Array {
    return this.#cid.bytes
  }

  get cid(): Uint8Array {
    return this.#cid.bytes
  }

  fingerprint(into: Fingerprint): void {
    cidFingerprint(this.#cid, into)
  }

  stat(): NodeStat {
    return this.#stat ?? this.#content.stat(this.#cid)
  }

  known(): NodeStat | undefined {
    return this.#stat ?? this.#content.known(this.#cid)
  }

  child(name: Uint8Array): ContentNode | undefined {
    const cid = this.#content.child(this.#cid, name)
    if (cid === undefined) return undefined
    return new ContentNode(this.tree, this.#content, cid, this.#childStat(cid, name))
  }

  /** What has to be fetched is fetched as what it is, an entry of its folder: then those behind it come too. */
  #childStat(cid: Cid, name: Uint8Array): NodeStat {
    try {
      return this.#content.stat(cid)
    } catch (error) {
      if (!(error instanceof NotReady) || error.want.type !== 'block') throw error
      throw new NotReady({ type: 'block', cid, directory: this.#cid, name: copyOf(name) })
    }
  }

  entryStat(key: Uint8Array, position: number): NodeStat {
    const { cid } = new ContentEntry(this.tree, this.#content).become(key, position)
    try {
      return this.#content.stat(cid)
    } catch (error) {
      if (!(error instanceof NotReady) || error.want.type !== 'block') throw error
      throw new NotReady({ type: 'block', cid, directory: this.#cid, place: position - 1 })
    }
  }

  list(from: number, emit: (entry: ListedEntry) => boolean): void {
    const listing = this.#content.directory(this.#cid)
    const entry = new ContentEntry(this.tree, this.#content)
    for (let i = from; i < listing.count; i++) {
      if (listing.isDuplicate(i)) continue
      entry.become(listing.cidBytes(i), i + 1)
      entry.name = listing.name(i)
      if (!emit(entry)) break
    }
    listing.release()
  }

  read(position: number, target: Uint8Array, at: number, length: number): number {
    return this.#content.read(this.#cid, position, target, at, length)
  }

  contiguous(): { readonly path: string; readonly size: number } | undefined {
    return this.#content.contiguous(this.#cid)
  }

  readlink(): Uint8Array {
    const target = this.#content.readlink(this.#cid)
    if (target.length > MAX_TARGET)
      throw new KitError('NAME_TOO_LONG', `the target of symlink ${this.#cid} has over 4095 bytes`)
    return target
  }

  attribute(name: string): string | undefined {
    switch (name) {
      case 'ipfs.cid':
      case 'user.ipfs.cid':
        return String(this.#cid)
      case 'user.ipfs_kit.tier':
        return this.#content.tier(this.#cid) ?? 'none'
      case 'user.ipfs_kit.backend':
        return this.#content.origin(this.#cid)
      case 'user.ipfs_kit.verified':
        return verifiedText(this.#content.verifiedAt(this.#cid))
      default:
        return undefined
    }
  }
}

/** An entry that leads to content. One object serves a listing: a million entries are no objects. */
export class ContentEntry implements ListedEntry {
  readonly tree: Tree
  readonly isFixed = true
  readonly #content: ContentPort
  name: Uint8Array = new Uint8Array(0)
  key: Uint8Array = this.name
  position = 0
  #cid: Cid | undefined
  #stat: NodeStat | undefined
  #isKnown = false

  constructor(tree: Tree, content: ContentPort) {
    this.tree = tree
    this.#content = content
  }

  /** Becomes the entry of a CID's bytes, which are not copied. */
  become(key: Uint8Array, position: number): this {
    this.key = key
    this.position = position
    this.#cid = undefined
    this.#isKnown = false
    return this
  }

  /** Decoded when it is asked for: names alone cost no more than themselves. */
  get cid(): Cid {
    return (this.#cid ??= Cid.decode(this.key))
  }

  get type(): NodeType | undefined {
    return this.#content.type(this.cid)
  }

  fingerprint(into: Fingerprint): void {
    cidFingerprint(this.cid, into)
  }

  known(): NodeStat | undefined {
    if (!this.#isKnown) this.#stat = this.#content.known(this.cid)
    this.#isKnown = true
    return this.#stat
  }

  /** A file of no bytes is what one that was not written in time is, too: it claims nothing. */
  foreignSize(): number | undefined {
    if (this.cid.codec !== RAW || this.known() !== undefined) return undefined
    const size = this.#content.foreignSize(this.cid)
    return size === 0 ? undefined : size
  }
}
