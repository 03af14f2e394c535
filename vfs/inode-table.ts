/**
 * The inodes the kernel knows, shared by every thread that serves the mount.
 *
 * A node id handed out by one thread must be known to all before the reply is written, with
 * the kernel's count of references, so the table is fixed records in a SharedArrayBuffer
 * behind one lock that is held for a few hundred nanoseconds. Memory is touched as records
 * are used and used again after forget; the reservation itself costs nothing.
 *
 * Each (parent, name) is a node of its own, for files as for folders. One node reached at two
 * places would be one kernel inode: a lock on one file would lock its equals, and the kernel would
 * move the folder.
 */
import { KitError } from '../src/core/errors.js'
import { lock, unlock } from '../src/core/spin-lock.js'
import type { NodeIdentity } from './identity.js'
import type { NodeStat, NodeType } from './tree.js'

const WORDS = 32
const RECORD = WORDS * 4

// Words of a record.
const STATE = 0
const LOOKUPS = 1
const NEXT = 2
const KIND = 3 // bits 0–1: type, bit 2: whether a tree begins with it, from bit 8 on: which tree
const PARENT = 4
const GENERATION = 5
const KEY_LENGTH = 6
const EXTENSION = 7
const SIZE = 8 // float64
const MTIME_SEC = 10 // float64, NaN when the node has none
const MTIME_NSEC = 12
const MODE = 13 // NO_MODE when the node has none
const STORED = 14
const CLAIMED = 15 // position of the entry in its parent's listing + 1, or one of the two below
const PLACE = 16 // two words each
const ORIGIN = 18
const NUMBER = 20
const KEY_AT = 88
const INLINE_KEY = RECORD - KEY_AT
const MAX_KEY = INLINE_KEY + RECORD - 4

const FREE = 0
const USED = 1
const NO_MODE = 0xffffffff

// What CLAIMED says of a size that nobody claims any more.
const SURE = 0
/** It was claimed wrongly, and the kernel may have been told so. */
const MISTOLD = -1

// Words of the header record (record 0).
const LOCK = 0
const FREE_LIST = 1
const HIGH_WATER = 2
const LIVE = 3
/** One count for all records: what an extension holds in that word is no generation. */
const GENERATIONS = 4

/** The kernel's id of a mount's root, which is no record. */
export const ROOT_ID = 1
const FIRST_ID = 2

const TYPES: readonly NodeType[] = ['file', 'directory', 'symlink']
const IS_ROOT = 4
const TREE_SHIFT = 8

export interface InodeTableMemory {
  readonly records: SharedArrayBuffer
  readonly buckets: SharedArrayBuffer
}

/** Reserve the memory of a table, to be shared with every serving thread. */
export function reserveInodes(capacity: number): InodeTableMemory {
  const records = new SharedArrayBuffer((capacity + 1) * RECORD)
  const buckets = new SharedArrayBuffer(4 * 2 ** Math.ceil(Math.log2(Math.max(16, capacity / 2))))
  const words = new Int32Array(records)
  words[HIGH_WATER] = FIRST_ID
  return { records, buckets }
}

/** A node as the table has it. */
export interface InodeRecord {
  readonly generation: number
  readonly parent: number
  /** Index of its tree. */
  readonly tree: number
  /** The tree's own key of it. */
  readonly key: Uint8Array
  readonly stat: NodeStat
  readonly originLow: number
  readonly originHigh: number
  /** Hash of the names from the beginning of its tree to it. */
  readonly pathLow: number
  readonly pathHigh: number
  readonly numberLow: number
  readonly numberHigh: number
  /** Position of its entry in its parent's listing, if its size is a claim that nobody made sure of. */
  readonly claim: number | undefined
}

export class InodeTable {
  readonly #bytes: Uint8Array
  readonly #words: Int32Array
  readonly #floats: Float64Array
  readonly #buckets: Int32Array
  readonly #capacity: number

  constructor(memory: InodeTableMemory) {
    this.#bytes = new Uint8Array(memory.records)
    this.#words = new Int32Array(memory.records)
    this.#floats = new Float64Array(memory.records)
    this.#buckets = new Int32Array(memory.buckets)
    this.#capacity = memory.records.byteLength / RECORD
  }

  /** Nodes the kernel holds now. */
  get live(): number {
    return Atomics.load(this.#words, LIVE)
  }

  /**
   * The node of a place: a known one with one more reference, or a new one with its first.
   * @param identity place and number of the node.
   * @param tree index of its tree.
   * @param key what its tree knows it by.
   * @param claimed position of its entry in its parent's listing, where the size is an unverified
   * claim. What is known of a node stays as it is then; else the kernel is told the size given.
   * @throws MEMORY_BUDGET when the table is full.
   */
  acquire(
    parent: number,
    identity: NodeIdentity,
    tree: number,
    key: Uint8Array,
    stat: NodeStat,
    claimed?: number
  ): number {
    const words = this.#words
    const kind = TYPES.indexOf(stat.type) | (identity.isRoot ? IS_ROOT : 0) | (tree << TREE_SHIFT)
    lock(words, LOCK)
    try {
      const bucket = this.#bucketOf(parent, identity.placeLow)
      for (let id = this.#buckets[bucket]!; id !== 0; id = words[id * WORDS + NEXT]!) {
        if (!this.#is(id, parent, identity, kind, key)) continue
        words[id * WORDS + LOOKUPS]! += 1
        if (claimed === undefined) this.#tell(id, stat.size)
        return id
      }
      const id = this.#allocateFor(key)
      this.#fill(id, identity, key, stat)
      const at = id * WORDS
      words[at + KIND] = kind
      words[at + PARENT] = parent
      words[at + CLAIMED] = claimed === undefined ? SURE : claimed + 1
      words[at + NEXT] = this.#buckets[bucket]!
      Atomics.store(words, at + STATE, USED)
      this.#buckets[bucket] = id
      words[LIVE]! += 1
      return id
    } finally {
      unlock(words, LOCK)
    }
  }

  #bucketOf(parent: number, placeLow: number): number {
    return ((placeLow ^ Math.imul(parent, 0x9e3779b1)) >>> 0) & (this.#buckets.length - 1)
  }

  /** The origin too: a parent's id may have been another folder's when this node was made. */
  #is(id: number, parent: number, identity: NodeIdentity, kind: number, key: Uint8Array): boolean {
    const at = id * WORDS
    const words = this.#words
    return (
      words[at + PLACE] === identity.placeLow &&
      words[at + PLACE + 1] === identity.placeHigh &&
      words[at + PARENT] === parent &&
      words[at + KIND] === kind &&
      words[at + ORIGIN] === identity.originLow &&
      words[at + ORIGIN + 1] === identity.originHigh &&
      this.#hasKey(id, key)
    )
  }

  #hasKey(id: number, key: Uint8Array): boolean {
    if (this.#words[id * WORDS + KEY_LENGTH] !== key.length) return false
    for (let i = 0; i < key.length; i++) if (this.#keyByte(id, i) !== key[i]) return false
    return true
  }

  #keyByte(id: number, i: number): number {
    if (i < INLINE_KEY) return this.#bytes[id * RECORD + KEY_AT + i]!
    return this.#bytes[this.#words[id * WORDS + EXTENSION]! * RECORD + 4 + i - INLINE_KEY]!
  }

  /** A record for a node, with an extension where its key needs one: both or neither. */
  #allocateFor(key: Uint8Array): number {
    if (key.length > MAX_KEY)
      throw new KitError('NAME_TOO_LONG', `a key of ${key.length} bytes names no node of a mount`)
    const extension = key.length > INLINE_KEY ? this.#allocate() : 0
    try {
      const id = this.#allocate()
      this.#words[id * WORDS + EXTENSION] = extension
      return id
    } catch (error) {
      if (extension !== 0) this.#release(extension)
      throw error
    }
  }

  #allocate(): number {
    const words = this.#words
    const recycled = words[FREE_LIST]!
    if (recycled !== 0) {
      words[FREE_LIST] = words[recycled * WORDS + NEXT]!
      return recycled
    }
    const id = words[HIGH_WATER]!
    if (id >= this.#capacity)
      throw new KitError('MEMORY_BUDGET', `the kernel holds ${id} names of this mount, its limit`)
    words[HIGH_WATER] = id + 1
    return id
  }

  #fill(id: number, identity: NodeIdentity, key: Uint8Array, stat: NodeStat): void {
    const words = this.#words
    const at = id * WORDS
    const { length } = key
    const extension = words[at + EXTENSION]!
    const inline = id * RECORD + KEY_AT
    // By hand: a call of set with a view costs more than 36 bytes do.
    for (let i = 0; i < length && i < INLINE_KEY; i++) this.#bytes[inline + i] = key[i]!
    if (extension !== 0) this.#bytes.set(key.subarray(INLINE_KEY), extension * RECORD + 4)
    words[at + KEY_LENGTH] = length
    words[at + LOOKUPS] = 1
    words[at + STORED] = 0
    words[GENERATIONS] = (words[GENERATIONS]! + 1) | 0
    words[at + GENERATION] = words[GENERATIONS]!
    words[at + PLACE] = identity.placeLow
    words[at + PLACE + 1] = identity.placeHigh
    words[at + ORIGIN] = identity.originLow
    words[at + ORIGIN + 1] = identity.originHigh
    words[at + NUMBER] = identity.numberLow
    words[at + NUMBER + 1] = identity.numberHigh
    this.#floats[(at + SIZE) / 2] = stat.size
    this.#floats[(at + MTIME_SEC) / 2] = stat.mtime?.sec ?? Number.NaN
    words[at + MTIME_NSEC] = stat.mtime?.nsec ?? 0
    words[at + MODE] = stat.mode ?? NO_MODE
  }

  /**
   * Changes whenever the record of `id` is given to another node: what a thread remembers
   * of a node is good as long as this is.
   */
  generation(id: number): number {
    return this.#words[id * WORDS + GENERATION]!
  }

  /** Size of a node that is held. */
  size(id: number): number {
    return this.#floats[(id * WORDS + SIZE) / 2]!
  }

  /** Whether the kernel was given the bytes of a node already. */
  isStored(id: number): boolean {
    return this.#words[id * WORDS + STORED] === 1
  }

  /** Call only while holding a reference. */
  setStored(id: number): void {
    this.#words[id * WORDS + STORED] = 1
  }

  /** Whether the size of a node is an unverified claim. */
  isClaimed(id: number): boolean {
    return Atomics.load(this.#words, id * WORDS + CLAIMED) > SURE
  }

  /** Whether a wrong size was claimed of a node, and no answer has told the right one since. */
  isMistold(id: number): boolean {
    return Atomics.load(this.#words, id * WORDS + CLAIMED) === MISTOLD
  }

  /** Takes the size that was made sure of for a claimed one. Call only while holding a reference. */
  settle(id: number, size: number): void {
    lock(this.#words, LOCK)
    this.#settle(id, size)
    unlock(this.#words, LOCK)
  }

  #settle(id: number, size: number): void {
    const at = id * WORDS
    if (this.#words[at + CLAIMED]! <= SURE) return
    const wasRight = this.#floats[(at + SIZE) / 2] === size
    this.#floats[(at + SIZE) / 2] = size
    // Last: whoever sees that nobody claims the size any more sees the right one.
    Atomics.store(this.#words, at + CLAIMED, wasRight ? SURE : MISTOLD)
  }

  /** An answer tells the size of a node. The first after a wrong one was claimed may come too early. */
  #tell(id: number, size: number): void {
    if (this.isMistold(id)) Atomics.store(this.#words, id * WORDS + CLAIMED, SURE)
    else this.#settle(id, size)
  }

  /** @throws STALE for an id the kernel should not hold. */
  get(id: number): InodeRecord {
    const words = this.#words
    const at = id * WORDS
    if (!this.#isRecord(id) || Atomics.load(words, at + STATE) !== USED)
      throw new KitError('STALE', `node ${id} is unknown`)
    const key = new Uint8Array(words[at + KEY_LENGTH]!)
    for (let i = 0; i < key.length; i++) key[i] = this.#keyByte(id, i)
    const kind = words[at + KIND]!
    const isRoot = (kind & IS_ROOT) !== 0
    const claimed = Atomics.load(words, at + CLAIMED)
    const sec = this.#floats[(at + MTIME_SEC) / 2]!
    const mode = words[at + MODE]! >>> 0
    return {
      generation: words[at + GENERATION]!,
      parent: words[at + PARENT]!,
      tree: kind >>> TREE_SHIFT,
      key,
      stat: {
        type: TYPES[kind & 3]!,
        size: this.#floats[(at + SIZE) / 2]!,
        mode: mode === NO_MODE ? undefined : mode,
        mtime: Number.isNaN(sec) ? undefined : { sec, nsec: words[at + MTIME_NSEC]! }
      },
      originLow: words[at + ORIGIN]!,
      originHigh: words[at + ORIGIN + 1]!,
      pathLow: isRoot ? 0 : words[at + PLACE]!,
      pathHigh: isRoot ? 0 : words[at + PLACE + 1]!,
      numberLow: words[at + NUMBER]! >>> 0,
      numberHigh: words[at + NUMBER + 1]! >>> 0,
      claim: claimed <= SURE ? undefined : claimed - 1
    }
  }

  #isRecord(id: number): boolean {
    return id >= FIRST_ID && id < this.#capacity
  }

  /**
   * Takes a reference of our own, so that the id stays with this node until `forget(id, 1)`.
   * @returns false for an id that belongs to no node.
   */
  hold(id: number): boolean {
    if (!this.#isRecord(id)) return false
    const words = this.#words
    lock(words, LOCK)
    const isUsed = words[id * WORDS + STATE] === USED
    if (isUsed) words[id * WORDS + LOOKUPS]! += 1
    unlock(words, LOCK)
    return isUsed
  }

  /** Gives back `count` references; the last frees the record. */
  forget(id: number, count: number): void {
    if (!this.#isRecord(id)) return
    const words = this.#words
    const at = id * WORDS
    lock(words, LOCK)
    try {
      if (words[at + STATE] !== USED) return
      words[at + LOOKUPS]! -= count
      if (words[at + LOOKUPS]! > 0) return
      this.#unlink(id)
      if (words[at + EXTENSION] !== 0) this.#release(words[at + EXTENSION]!)
      this.#release(id)
      words[LIVE]! -= 1
    } finally {
      unlock(words, LOCK)
    }
  }

  #unlink(id: number): void {
    const words = this.#words
    const at = id * WORDS
    const bucket = this.#bucketOf(words[at + PARENT]!, words[at + PLACE]!)
    if (this.#buckets[bucket] === id) {
      this.#buckets[bucket] = words[at + NEXT]!
      return
    }
    let before = this.#buckets[bucket]!
    while (words[before * WORDS + NEXT] !== id) before = words[before * WORDS + NEXT]!
    words[before * WORDS + NEXT] = words[at + NEXT]!
  }

  #release(id: number): void {
    Atomics.store(this.#words, id * WORDS + STATE, FREE)
    this.#words[id * WORDS + NEXT] = this.#words[FREE_LIST]!
    this.#words[FREE_LIST] = id
  }
}
