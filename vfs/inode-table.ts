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
import { randomInt } from 'node:crypto'
import { KitError } from '../src/core/errors.js'
import { lock, unlock } from '../src/core/spin-lock.js'
import type { NodeIdentity } from './identity.js'
import {
  SIZE_CLAIM,
  EXTENSION,
  FIRST_ID,
  GENERATION,
  GENERATIONS,
  HIGH_WATER,
  INLINE_KEY,
  IS_ROOT,
  KIND,
  LIVE,
  LOCK,
  LOOKUPS,
  MAX_KEY,
  CLAIM_WRONG,
  NEXT,
  ORIGIN,
  PARENT,
  PLACE,
  RECORD,
  RECORDS,
  SIZE,
  STATE,
  STORED,
  CLAIM_NONE,
  TREE_SHIFT,
  TYPES,
  USED,
  WORDS,
  allocateRecord,
  collectNodes,
  freeRecord,
  hasKey,
  readRecord,
  writeNode,
  type InodeRecord,
  type RecordViews
} from './inode-record.js'
import type { NodeStat } from '../src/core/node-stat.js'

/** References from which on a node is never freed, as more are not counted. */
const COUNTLESS = 2 ** 31 - 1

/** The kernel's id of a mount's root, which is no record. */
export const ROOT_ID = 1
export interface InodeTableMemory {
  readonly records: SharedArrayBuffer
  readonly buckets: SharedArrayBuffer
}

/** Reserves the memory of a table, to be shared with every serving thread. */
export function reserveInodes(capacity: number): InodeTableMemory {
  const records = new SharedArrayBuffer((capacity + 1) * RECORD)
  const buckets = new SharedArrayBuffer(4 * 2 ** Math.ceil(Math.log2(Math.max(16, capacity / 2))))
  const words = new Int32Array(records)
  words[HIGH_WATER] = FIRST_ID
  // File handles of an earlier mount must not decode to nodes of this one.
  words[GENERATIONS] = randomInt(2 ** 32) | 0
  return { records, buckets }
}

export class InodeTable {
  readonly #views: RecordViews
  readonly #words: Int32Array
  readonly #floats: Float64Array
  readonly #buckets: Int32Array
  readonly #capacity: number

  constructor(memory: InodeTableMemory) {
    const bytes = new Uint8Array(memory.records)
    this.#words = new Int32Array(memory.records)
    this.#floats = new Float64Array(memory.records)
    this.#views = { bytes, words: this.#words, floats: this.#floats }
    this.#buckets = new Int32Array(memory.buckets)
    this.#capacity = memory.records.byteLength / RECORD
  }

  /** Nodes the kernel holds now. */
  get live(): number {
    return Atomics.load(this.#words, LIVE)
  }

  /** The part of the records that is in use, from 0 to 1. */
  get fill(): number {
    return Atomics.load(this.#words, RECORDS) / this.#capacity
  }

  /** Puts ids of nodes into `into`, the rest of which is 0. @returns where to go on, 0 at the end. */
  collect(from: number, into: Uint32Array): number {
    return collectNodes(this.#words, from, into)
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
        this.#refer(id)
        if (claimed === undefined) this.#tell(id, stat.size)
        return id
      }
      const id = this.#allocateFor(key)
      writeNode(this.#views, id, identity, key, stat)
      const at = id * WORDS
      words[at + LOOKUPS] = 1
      words[at + STORED] = 0
      words[GENERATIONS] = (words[GENERATIONS]! + 1) | 0
      words[at + GENERATION] = words[GENERATIONS]!
      words[at + KIND] = kind
      words[at + PARENT] = parent
      words[at + SIZE_CLAIM] = claimed === undefined ? CLAIM_NONE : claimed + 1
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
      hasKey(this.#views, id, key)
    )
  }

  /** A record for a node, with an extension where its key needs one: both or neither. */
  #allocateFor(key: Uint8Array): number {
    if (key.length > MAX_KEY)
      throw new KitError('NAME_TOO_LONG', `a key of ${key.length} bytes names no node of a mount`)
    const extension = key.length > INLINE_KEY ? allocateRecord(this.#words, this.#capacity) : 0
    try {
      const id = allocateRecord(this.#words, this.#capacity)
      this.#words[id * WORDS + EXTENSION] = extension
      return id
    } catch (error) {
      if (extension !== 0) freeRecord(this.#words, extension)
      throw error
    }
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
    return Atomics.load(this.#words, id * WORDS + SIZE_CLAIM) > CLAIM_NONE
  }

  /** Whether a wrong size was claimed of a node, and no answer has told the right one since. */
  isMistold(id: number): boolean {
    return Atomics.load(this.#words, id * WORDS + SIZE_CLAIM) === CLAIM_WRONG
  }

  /** Takes the size that was made sure of for a claimed one. Call only while holding a reference. */
  settle(id: number, size: number): void {
    lock(this.#words, LOCK)
    this.#settle(id, size)
    unlock(this.#words, LOCK)
  }

  #settle(id: number, size: number): void {
    const at = id * WORDS
    if (this.#words[at + SIZE_CLAIM]! <= CLAIM_NONE) return
    const wasRight = this.#floats[(at + SIZE) / 2] === size
    this.#floats[(at + SIZE) / 2] = size
    // Last: whoever sees that nobody claims the size any more sees the right one.
    Atomics.store(this.#words, at + SIZE_CLAIM, wasRight ? CLAIM_NONE : CLAIM_WRONG)
  }

  /** An answer tells the size of a node. The first after a wrong one was claimed may come too early. */
  #tell(id: number, size: number): void {
    if (this.isMistold(id)) Atomics.store(this.#words, id * WORDS + SIZE_CLAIM, CLAIM_NONE)
    else this.#settle(id, size)
  }

  /** @throws STALE for an id the kernel should not hold. */
  get(id: number): InodeRecord {
    const words = this.#words
    if (!this.#isRecord(id) || Atomics.load(words, id * WORDS + STATE) !== USED)
      throw new KitError('STALE', `node ${id} is unknown`)
    return readRecord(this.#views, id)
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
    if (isUsed) this.#refer(id)
    unlock(words, LOCK)
    return isUsed
  }

  /** Counts a reference. A name that is looked up for each use collects billions. */
  #refer(id: number): void {
    const at = id * WORDS + LOOKUPS
    if (this.#words[at] !== COUNTLESS) this.#words[at]! += 1
  }

  /** Gives back `count` references; the last frees the record. */
  forget(id: number, count: number): void {
    if (!this.#isRecord(id)) return
    const words = this.#words
    const at = id * WORDS
    lock(words, LOCK)
    try {
      if (words[at + STATE] !== USED) return
      if (words[at + LOOKUPS] === COUNTLESS) return
      words[at + LOOKUPS] = Math.max(0, words[at + LOOKUPS]! - count)
      if (words[at + LOOKUPS] !== 0) return
      this.#unlink(id)
      if (words[at + EXTENSION] !== 0) freeRecord(this.#words, words[at + EXTENSION]!)
      freeRecord(this.#words, id)
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
}
