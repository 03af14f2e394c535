/**
 * The inodes the kernel knows, shared by every thread that serves the mount.
 *
 * A node id handed out by one thread must be known to all before the reply is written, with
 * the kernel's count of references, so the table is fixed records in a SharedArrayBuffer
 * behind one lock that is held for a few hundred nanoseconds. Memory is touched as records
 * are used and used again after forget; the reservation itself costs nothing.
 *
 * Files and symlinks have one node per CID, and so one page cache. A folder has one per
 * (parent, name): one node reached at two paths would make the kernel move the dentry.
 */
import { hash32 } from '../src/core/bytes.js'
import { Cid } from '../src/core/cid.js'
import { KitError } from '../src/core/errors.js'
import { withLock } from '../src/core/spin-lock.js'
import { FIRST_CONTENT_ID } from './fixed-nodes.js'
import type { ContentStat, NodeType } from './ports.js'

const WORDS = 32
const RECORD = WORDS * 4

// Words of a record.
const STATE = 0
const LOOKUPS = 1
const NEXT = 2
const TYPE = 3
const PARENT = 4
const NAME_HASH = 5
const GENERATION = 6
const CID_LENGTH = 7
const SIZE = 8 // float64
const MTIME_SEC = 10 // float64, NaN when the DAG has none
const MTIME_NSEC = 12
const MODE = 13 // NO_MODE when the DAG has none
const EXTENSION = 14
const STORED = 15
const CLAIMED = 16 // place in the parent's listing + 1, or one of the two below
const CLAIMANT = 17
const CID_AT = 72
const INLINE_CID = RECORD - CID_AT

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

const TYPES: readonly NodeType[] = ['file', 'directory', 'symlink']

export interface InodeTableMemory {
  readonly records: SharedArrayBuffer
  readonly buckets: SharedArrayBuffer
}

/** Reserve the memory of a table, to be shared with every serving thread. */
export function reserveInodes(capacity: number): InodeTableMemory {
  const records = new SharedArrayBuffer((capacity + 1) * RECORD)
  const buckets = new SharedArrayBuffer(4 * 2 ** Math.ceil(Math.log2(Math.max(16, capacity / 2))))
  const words = new Int32Array(records)
  words[HIGH_WATER] = FIRST_CONTENT_ID
  return { records, buckets }
}

/** A node as the table has it. */
export interface Inode {
  readonly id: number
  readonly generation: number
  readonly cid: Cid
  readonly stat: ContentStat
  readonly parent: number
  /** Where it was listed, if its size is what somebody else says and was not made sure of. */
  readonly claim: Claim | undefined
}

/** A node that listed a file whose size is claimed, and its place in the listing. */
export interface Claim {
  readonly parent: number
  readonly place: number
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
   * The node of a name: a known one with one more reference, or a new one with its first.
   * @param claimed place in the parent's listing, where the size is somebody else's word. What is
   * known of a node stays as it is then; else the kernel is told the size that was given.
   * @throws MEMORY_BUDGET when the table is full.
   */
  acquire(parent: number, name: Uint8Array, cid: Cid, stat: ContentStat, claimed?: number): number {
    const directory = stat.type === 'directory'
    const nameHash = directory ? hash32(name, parent) | 0 : 0
    const owner = directory ? parent : 0
    return withLock(this.#words, LOCK, () => {
      const bucket = this.#bucketOf(cid, owner, nameHash)
      for (let id = this.#buckets[bucket]!; id !== 0; id = this.#words[id * WORDS + NEXT]!) {
        if (!this.#is(id, owner, nameHash, cid)) continue
        this.#words[id * WORDS + LOOKUPS]! += 1
        if (claimed === undefined) this.#tell(id, stat.size)
        return id
      }
      const extension = cid.bytes.length > INLINE_CID ? this.#allocate() : 0
      const id = this.#allocateBeside(extension)
      this.#fill(id, extension, owner, nameHash, cid, stat)
      this.#words[id * WORDS + CLAIMED] = claimed === undefined ? SURE : claimed + 1
      this.#words[id * WORDS + CLAIMANT] = parent
      this.#words[id * WORDS + NEXT] = this.#buckets[bucket]!
      this.#buckets[bucket] = id
      this.#words[LIVE]! += 1
      return id
    })
  }

  #bucketOf(cid: Cid, owner: number, nameHash: number): number {
    const { key } = cid
    const head = key[12]! | (key[13]! << 8) | (key[14]! << 16) | (key[15]! << 24)
    return ((head ^ Math.imul(owner, 0x9e3779b1) ^ nameHash) >>> 0) & (this.#buckets.length - 1)
  }

  #is(id: number, owner: number, nameHash: number, cid: Cid): boolean {
    const at = id * WORDS
    const words = this.#words
    if (words[at + PARENT] !== owner || words[at + NAME_HASH] !== nameHash) return false
    const length = words[at + CID_LENGTH]!
    if (length !== cid.bytes.length) return false
    for (let i = 0; i < length; i++) if (this.#cidByte(id, i) !== cid.bytes[i]) return false
    return true
  }

  #cidByte(id: number, i: number): number {
    if (i < INLINE_CID) return this.#bytes[id * RECORD + CID_AT + i]!
    return this.#bytes[this.#words[id * WORDS + EXTENSION]! * RECORD + 4 + i - INLINE_CID]!
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

  /** A record for a node whose extension is allocated already: both or neither. */
  #allocateBeside(extension: number): number {
    try {
      return this.#allocate()
    } catch (error) {
      if (extension !== 0) this.#release(extension)
      throw error
    }
  }

  #fill(
    id: number,
    extension: number,
    owner: number,
    nameHash: number,
    cid: Cid,
    stat: ContentStat
  ): void {
    const words = this.#words
    const at = id * WORDS
    const { length } = cid.bytes
    words[at + EXTENSION] = extension
    const inline = id * RECORD + CID_AT
    // By hand: a call of set with a view costs more than 36 bytes do.
    for (let i = 0; i < length && i < INLINE_CID; i++) this.#bytes[inline + i] = cid.bytes[i]!
    if (extension !== 0) this.#bytes.set(cid.bytes.subarray(INLINE_CID), extension * RECORD + 4)
    words[at + LOOKUPS] = 1
    words[at + STORED] = 0
    words[at + TYPE] = TYPES.indexOf(stat.type)
    words[at + PARENT] = owner
    words[at + NAME_HASH] = nameHash
    words[GENERATIONS] = (words[GENERATIONS]! + 1) | 0
    words[at + GENERATION] = words[GENERATIONS]!
    words[at + CID_LENGTH] = length
    this.#floats[(at + SIZE) / 2] = stat.size
    this.#floats[(at + MTIME_SEC) / 2] = stat.mtime?.sec ?? Number.NaN
    words[at + MTIME_NSEC] = stat.mtime?.nsec ?? 0
    words[at + MODE] = stat.mode ?? NO_MODE
    Atomics.store(words, at + STATE, USED)
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

  /** To be said while it is held. */
  setStored(id: number): void {
    this.#words[id * WORDS + STORED] = 1
  }

  /** Whether the size of a node is somebody else's word. */
  isClaimed(id: number): boolean {
    return Atomics.load(this.#words, id * WORDS + CLAIMED) > SURE
  }

  /** Whether a wrong size was claimed of a node, and no answer has told the right one since. */
  isMistold(id: number): boolean {
    return Atomics.load(this.#words, id * WORDS + CLAIMED) === MISTOLD
  }

  /** The size of a node was made sure of. To be said while it is held. */
  settle(id: number, size: number): void {
    withLock(this.#words, LOCK, () => this.#settle(id, size))
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
  get(id: number): Inode {
    const words = this.#words
    const at = id * WORDS
    if (id < FIRST_CONTENT_ID || id >= this.#capacity || Atomics.load(words, at + STATE) !== USED)
      throw new KitError('STALE', `node ${id} is unknown`)
    const bytes = new Uint8Array(words[at + CID_LENGTH]!)
    for (let i = 0; i < bytes.length; i++) bytes[i] = this.#cidByte(id, i)
    const claimed = Atomics.load(words, at + CLAIMED)
    const sec = this.#floats[(at + MTIME_SEC) / 2]!
    const mode = words[at + MODE]! >>> 0
    return {
      id,
      generation: words[at + GENERATION]!,
      cid: Cid.decode(bytes),
      parent: words[at + PARENT]!,
      claim: claimed <= SURE ? undefined : { parent: words[at + CLAIMANT]!, place: claimed - 1 },
      stat: {
        type: TYPES[words[at + TYPE]!]!,
        size: this.#floats[(at + SIZE) / 2]!,
        mode: mode === NO_MODE ? undefined : mode,
        mtime: Number.isNaN(sec) ? undefined : { sec, nsec: words[at + MTIME_NSEC]! }
      }
    }
  }

  /** One more reference to a node that has some. @returns false where it has none any more. */
  hold(id: number): boolean {
    if (id < FIRST_CONTENT_ID || id >= this.#capacity) return false
    const words = this.#words
    return withLock(this.#words, LOCK, () => {
      if (words[id * WORDS + STATE] !== USED) return false
      words[id * WORDS + LOOKUPS]! += 1
      return true
    })
  }

  /** The kernel dropped `count` references; the last frees the record. */
  forget(id: number, count: number): void {
    if (id < FIRST_CONTENT_ID || id >= this.#capacity) return
    const words = this.#words
    const at = id * WORDS
    return withLock(this.#words, LOCK, () => {
      if (words[at + STATE] !== USED) return
      words[at + LOOKUPS]! -= count
      if (words[at + LOOKUPS]! > 0) return
      this.#unlink(id)
      if (words[at + EXTENSION] !== 0) this.#release(words[at + EXTENSION]!)
      this.#release(id)
      words[LIVE]! -= 1
    })
  }

  #unlink(id: number): void {
    const words = this.#words
    const at = id * WORDS
    const { cid } = this.get(id)
    const bucket = this.#bucketOf(cid, words[at + PARENT]!, words[at + NAME_HASH]!)
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
