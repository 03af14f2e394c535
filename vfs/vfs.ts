/**
 * The file system behind every mount: nodes by id, names as bytes, all calls synchronous and
 * answered from what is local. Semantics, paragraph by paragraph, in README.md.
 */
import { copyOf, textOf, toHex, utf8 } from '../src/core/bytes.js'
import { Cid } from '../src/core/cid.js'
import { isKitError, KitError } from '../src/core/errors.js'
import { sha256 } from '../src/core/hash.js'
import { NotReady } from '../src/core/not-ready.js'
import { attrOf, claimedAttr, EPOCH_SECOND, syntheticAttr, type Attr } from './attr.js'
import { DirEntry } from './dir-entry.js'
import {
  fixedChild,
  fixedEntries,
  fixedParent,
  IPFS_ID,
  IPNS_ID,
  isFixed,
  ROOT_ID,
  STATS_ID
} from './fixed-nodes.js'
import type { Claim, Inode, InodeTable } from './inode-table.js'
import type { ContentPort, NamesPort, PinsPort, SpacePort, SpaceStat, StatsPort } from './ports.js'

/** What the file system shows. */
export interface VfsPorts {
  readonly content: ContentPort
  readonly pins: PinsPort
  readonly space: SpacePort
  readonly names: NamesPort
  readonly stats: StatsPort
}

export interface VfsOptions {
  /** Permission bits taken away from files and folders. */
  readonly umask: number
}

const MAX_NAME = 255
const MAX_TARGET = 4095
const DOT = utf8('.')
const DOT_DOT = utf8('..')
/** Listings begin with `.` and `..`; content entries are counted from here. */
const FIRST = 2
/** Nodes remembered per thread, to spare decoding the shared record on each read. */
const REMEMBERED = 256

/** A name in a mutable folder, and its cookie in the listing. */
interface Placed {
  readonly text: string
  readonly place: number
}

export class Vfs {
  readonly #content: ContentPort
  readonly #pins: PinsPort
  readonly #ports: VfsPorts
  readonly #inodes: InodeTable
  readonly #options: VfsOptions
  readonly #remembered = new Map<number, Inode>()
  #sorted: { readonly roots: readonly string[]; readonly order: readonly Placed[] } = {
    roots: [],
    order: []
  }

  constructor(ports: VfsPorts, inodes: InodeTable, options: VfsOptions) {
    this.#ports = ports
    this.#content = ports.content
    this.#pins = ports.pins
    this.#inodes = inodes
    this.#options = options
  }

  #node(id: number): Inode {
    const known = this.#remembered.get(id)
    if (known !== undefined && known.generation === this.#inodes.generation(id)) return known
    const node = this.#inodes.get(id)
    // It will be another once its size is made sure of.
    if (node.claim !== undefined) return node
    if (this.#remembered.size >= REMEMBERED) this.#remembered.clear()
    this.#remembered.set(id, node)
    return node
  }

  /** Attributes of a node. @throws STALE. */
  getattr(id: number): Attr {
    if (isFixed(id)) return this.#fixedAttr(id)
    const { cid, stat, claim } = this.#node(id)
    if (claim === undefined) return attrOf(cid, stat, this.#options.umask)
    const known = this.#content.known(cid)
    if (known === undefined) return claimedAttr(cid, stat, this.#options.umask)
    this.#inodes.settle(id, known.size)
    return attrOf(cid, known, this.#options.umask)
  }

  /** Whether the size of a file is what a neighbour says, and nobody made sure of it. */
  isClaimed(id: number): boolean {
    return !isFixed(id) && this.#inodes.isClaimed(id)
  }

  /** Whether a listing told a wrong size of a file, and no answer has told the right one since. */
  isMistold(id: number): boolean {
    return !isFixed(id) && this.#inodes.isMistold(id)
  }

  /**
   * Make sure of the size of a file that is held, before the kernel reads it.
   * @param size what it turned out to be, where that is known.
   * @throws NotReady, BLOCK_NOT_FOUND, CORRUPT_FORMAT.
   */
  settle(id: number, size?: number): void {
    if (!this.isClaimed(id)) return
    const { cid, claim } = this.#node(id)
    if (claim !== undefined) this.#inodes.settle(id, size ?? this.#claimedStat(cid, claim).size)
  }

  /** What has to be fetched is fetched as what it is: an entry of the folder that listed it. */
  #claimedStat(cid: Cid, { parent, place }: Claim) {
    try {
      return this.#content.stat(cid)
    } catch (error) {
      if (!(error instanceof NotReady) || error.want.type !== 'block') throw error
      const directory = this.#cidOf(parent)
      throw directory === undefined ? error : new NotReady({ type: 'block', cid, directory, place })
    }
  }

  /** undefined where the kernel has let go of a node, or it is none of content. */
  #cidOf(id: number): Cid | undefined {
    try {
      return isFixed(id) ? undefined : this.#node(id).cid
    } catch (error) {
      if (isKitError(error, 'STALE')) return undefined
      throw error
    }
  }

  #fixedAttr(id: number): Attr {
    if (id === ROOT_ID) return ROOT_ATTR
    if (id === STATS_ID) {
      const { bytes, takenAt } = this.#ports.stats.stats(true)
      return syntheticAttr(id, takenAt, bytes.length)
    }
    return syntheticAttr(id, id === IPFS_ID ? this.#pins.changedAt() : EPOCH_SECOND * 1000)
  }

  /**
   * Find a name and take a reference to its node for the kernel.
   * @returns undefined when the folder has no such name.
   * @throws NAME_TOO_LONG, NOT_A_DIRECTORY, CORRUPT_FORMAT, BLOCK_NOT_FOUND for a listed name
   * whose node is not local.
   */
  lookup(parent: number, name: Uint8Array): { id: number; attr: Attr } | undefined {
    if (name.length > MAX_NAME) throw new KitError('NAME_TOO_LONG', 'name over 255 bytes')
    const fixed = isFixed(parent) ? fixedChild(parent, name) : undefined
    if (fixed !== undefined) return { id: fixed, attr: this.getattr(fixed) }
    const cid = this.#childCid(parent, name)
    if (cid === undefined) return undefined
    const stat = parent === IPFS_ID ? this.#rootStat(cid) : this.#childStat(parent, name, cid)
    if (stat === undefined) return undefined
    const id = this.#inodes.acquire(parent, name, cid, stat)
    return { id, attr: attrOf(cid, stat, this.#options.umask) }
  }

  #childCid(parent: number, name: Uint8Array): Cid | undefined {
    if (!isFixed(parent)) return this.#content.child(this.#node(parent).cid, name)
    if (parent === IPFS_ID) return rootNamed(name)
    if (parent === STATS_ID) throw new KitError('NOT_A_DIRECTORY', 'stats.json is a file')
    const text = parent === IPNS_ID ? textOf(name) : undefined
    return text === undefined ? undefined : this.#ports.names.link(text)
  }

  /** What has to be fetched is fetched as what it is: an entry of its directory. */
  #childStat(parent: number, name: Uint8Array, cid: Cid) {
    try {
      return this.#content.stat(cid)
    } catch (error) {
      if (!(error instanceof NotReady) || error.want.type !== 'block') throw error
      const directory = this.#node(parent).cid
      throw new NotReady({ type: 'block', cid, directory, name: copyOf(name) })
    }
  }

  /** A root that nobody has does not exist; anything else that fails is an error. */
  #rootStat(cid: Cid) {
    try {
      return this.#content.stat(cid)
    } catch (error) {
      if (isKitError(error, 'BLOCK_NOT_FOUND')) return undefined
      throw error
    }
  }

  /**
   * Take a reference of our own, so that the id stays with this node until forget(id, 1).
   * @returns false for an id that belongs to no node.
   */
  hold(id: number): boolean {
    return this.#inodes.hold(id)
  }

  /** Changes whenever an id is given to another node. */
  generation(id: number): number {
    return this.#inodes.generation(id)
  }

  /** Size of a file that is held: as its attributes say, at less cost. */
  size(id: number): number {
    return this.#inodes.size(id)
  }

  /** Whether the kernel was given the bytes of a node already. */
  isStored(id: number): boolean {
    return this.#inodes.isStored(id)
  }

  setStored(id: number): void {
    this.#inodes.setStored(id)
  }

  forget(id: number, count: number): void {
    this.#inodes.forget(id, count)
  }

  /**
   * List a folder from a cookie on (0: the beginning), until `emit` returns false or it ends.
   * Never opens a child's block: what the index does not tell stays unknown.
   */
  readdir(id: number, cookie: number, emit: (entry: DirEntry) => boolean): void {
    const entry = new DirEntry(this.#content, this.#inodes, this.#options.umask)
    if (cookie === 0 && !emit(entry.fixed(DOT, this.getattr(id), 1))) return
    if (cookie <= 1 && !emit(entry.fixed(DOT_DOT, this.#parentAttr(id), FIRST))) return
    const from = Math.max(cookie, FIRST)
    if (id === IPFS_ID) this.#listRoots(entry, from, emit)
    else if (id === IPNS_ID) this.#listNames(entry, from, emit)
    else if (isFixed(id)) this.#listFixed(entry, id, from, emit)
    else this.#listContent(entry, this.#node(id), from, emit)
  }

  #parentAttr(id: number): Attr {
    const parent = isFixed(id) ? fixedParent(id) : this.#node(id).parent
    try {
      return this.getattr(parent)
    } catch (error) {
      // The kernel may have let go of the parent; the number of `..` is a courtesy.
      if (isKitError(error, 'STALE')) return this.getattr(id)
      throw error
    }
  }

  #listContent(
    entry: DirEntry,
    node: Inode,
    from: number,
    emit: (entry: DirEntry) => boolean
  ): void {
    const listing = this.#content.directory(node.cid)
    for (let i = from - FIRST; i < listing.count; i++) {
      if (listing.isDuplicate(i)) continue
      entry.content(node.id, listing.name(i), listing.cidHere(i), i + FIRST + 1)
      entry.at(i)
      if (!emit(entry)) break
    }
    listing.release()
  }

  #listRoots(entry: DirEntry, from: number, emit: (entry: DirEntry) => boolean): void {
    for (const { text, place } of this.#rootsInOrder()) {
      if (place < from) continue
      if (!emit(entry.content(IPFS_ID, utf8(text), Cid.parse(text), place + 1))) return
    }
  }

  #listNames(entry: DirEntry, from: number, emit: (entry: DirEntry) => boolean): void {
    const links = new Map(this.#ports.names.list().map(({ name, link }) => [name, link]))
    for (const { text, place } of placed([...links.keys()])) {
      if (place < from) continue
      if (!emit(entry.content(IPNS_ID, utf8(text), links.get(text)!, place + 1))) return
    }
  }

  #listFixed(entry: DirEntry, id: number, from: number, emit: (entry: DirEntry) => boolean): void {
    for (const [i, fixed] of fixedEntries(id).entries()) {
      if (i + FIRST < from) continue
      if (!emit(entry.fixed(fixed.name, this.getattr(fixed.id), i + FIRST + 1, fixed.id))) return
    }
  }

  /** Sorted once for all requests that a long listing takes. */
  #rootsInOrder(): readonly Placed[] {
    const roots = this.#pins.roots()
    if (roots === this.#sorted.roots) return this.#sorted.order
    const order = placed(roots)
    this.#sorted = { roots, order }
    return order
  }

  /**
   * Read bytes of a file.
   * @returns bytes read, 0 at or behind the end.
   * @throws IS_A_DIRECTORY, BLOCK_NOT_FOUND, CORRUPT_FORMAT, IO.
   */
  read(id: number, position: number, target: Uint8Array, at: number, length: number): number {
    if (isFixed(id)) return this.#readFixed(id, position, target, at, length)
    return this.#content.read(this.#node(id).cid, position, target, at, length)
  }

  #readFixed(id: number, position: number, target: Uint8Array, at: number, length: number): number {
    if (id !== STATS_ID) throw new KitError('IS_A_DIRECTORY', 'a folder cannot be read')
    // Of the same moment as the size that the kernel was told.
    const part = this.#ports.stats.stats(false).bytes.subarray(position, position + length)
    target.set(part, at)
    return part.length
  }

  /** The local file that holds exactly the bytes of a node, verified, where there is one. */
  contiguous(id: number): { readonly path: string; readonly size: number } | undefined {
    return isFixed(id) ? undefined : this.#content.contiguous(this.#node(id).cid)
  }

  readlink(id: number): Uint8Array {
    if (isFixed(id)) throw new KitError('INVALID_ARGUMENT', 'not a symlink')
    const target = this.#content.readlink(this.#node(id).cid)
    // The kernel takes no longer one, and drops the whole answer.
    if (target.length > MAX_TARGET)
      throw new KitError('NAME_TOO_LONG', 'symlink target over 4095 bytes')
    return target
  }

  /**
   * The value of an attribute, by name; none is ever listed.
   * @returns undefined when the node has no such attribute.
   */
  getxattr(id: number, name: Uint8Array): Uint8Array | undefined {
    if (isFixed(id)) return undefined
    const { cid } = this.#node(id)
    switch (textOf(name)) {
      case 'ipfs.cid':
      case 'user.ipfs.cid':
        return utf8(String(cid))
      case 'user.ipfs_kit.tier':
        return utf8(this.#content.tier(cid) ?? 'none')
      case 'user.ipfs_kit.backend':
        return optional(this.#content.origin(cid))
      case 'user.ipfs_kit.verified':
        return utf8('true')
      default:
        return undefined
    }
  }

  statfs(): SpaceStat {
    return this.#ports.space.space()
  }
}

const optional = (text: string | undefined): Uint8Array | undefined =>
  text === undefined ? undefined : utf8(text)

/** The root never changes. */
const ROOT_ATTR: Attr = { ...syntheticAttr(ROOT_ID, EPOCH_SECOND * 1000), certainty: 'fixed' }

/** A name below `ipfs/` as a CID; undefined for any other word. */
function rootNamed(name: Uint8Array): Cid | undefined {
  try {
    return Cid.parse(textOf(name) ?? '')
  } catch (error) {
    if (isKitError(error, 'INVALID_CID')) return undefined
    throw error
  }
}

function placed(texts: readonly string[]): Placed[] {
  const order = texts.map((text) => ({ text, place: placeOf(text) }))
  return order.sort((a, b) => a.place - b.place)
}

/** A name's place in the listing: from itself alone, so that others do not move it. */
const placeOf = (text: string): number =>
  FIRST + Number.parseInt(toHex(sha256(utf8(text)).subarray(0, 6)), 16)
