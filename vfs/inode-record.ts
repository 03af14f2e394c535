/**
 * The record of an inode: 32 words of 4 bytes in shared memory. A key that is longer than its place
 * in the record goes on in an extension, a record that holds bytes. Record 0 is the header.
 */
import { KitError } from '../src/core/errors.js'
import type { NodeIdentity } from './identity.js'
import type { NodeStat, NodeType } from '../src/core/node-stat.js'

export const WORDS = 32
export const RECORD = WORDS * 4

// Words of a record.
export const STATE = 0
export const LOOKUPS = 1
export const NEXT = 2
export const KIND = 3 // bits 0–1: type, bit 2: whether a tree begins with it, from bit 8 on: which tree
export const PARENT = 4
export const GENERATION = 5
const KEY_LENGTH = 6
export const EXTENSION = 7
export const SIZE = 8 // float64
const MTIME_SEC = 10 // float64, NaN when the node has none
const MTIME_NSEC = 12
const MODE = 13 // NO_MODE when the node has none
export const STORED = 14
export const SIZE_CLAIM = 15 // position of the entry in its parent's listing + 1, or one of the two below
export const PLACE = 16 // two words each
export const ORIGIN = 18
const NUMBER = 20
const KEY_AT = 88
export const INLINE_KEY = RECORD - KEY_AT
export const MAX_KEY = INLINE_KEY + RECORD - 4

const FREE = 0
export const USED = 1
const NO_MODE = 0xffffffff

// Values of SIZE_CLAIM for a size that is no claim any more.
export const CLAIM_NONE = 0
/** The claim was wrong, and the kernel may have been told it. */
export const CLAIM_WRONG = -1

// Words of the header record (record 0).
export const LOCK = 0
const FREE_LIST = 1
export const HIGH_WATER = 2
export const LIVE = 3
/** Records in use: nodes, and what holds the rest of long keys. */
export const RECORDS = 5
/** One count for all records: what an extension holds in that word is no generation. */
export const GENERATIONS = 4

export const TYPES: readonly NodeType[] = ['file', 'directory', 'symlink']
export const IS_ROOT = 4
export const TREE_SHIFT = 8

/** The first id of a record. */
export const FIRST_ID = 2

/** A node as the table has it. Numbers in two halves are 64 bits. */
export interface InodeRecord {
  readonly generation: number
  readonly parent: number
  /** Index of its tree. */
  readonly tree: number
  /** The tree's own key of the node, opaque to everybody else. */
  readonly key: Uint8Array
  readonly stat: NodeStat
  readonly originLow: number
  readonly originHigh: number
  /** Hash of the names on the way from the root of its tree. */
  readonly pathLow: number
  readonly pathHigh: number
  readonly numberLow: number
  readonly numberHigh: number
  /** Position of its entry in its parent's listing, while its size is an unverified claim. */
  readonly claim: number | undefined
}

/** Three views of the memory of the records. */
export interface RecordViews {
  readonly bytes: Uint8Array
  readonly words: Int32Array
  readonly floats: Float64Array
}

/** Returns byte `i` of the key of a record. */
function keyByte({ bytes, words }: RecordViews, id: number, i: number): number {
  if (i < INLINE_KEY) return bytes[id * RECORD + KEY_AT + i]!
  return bytes[words[id * WORDS + EXTENSION]! * RECORD + 4 + i - INLINE_KEY]!
}

export function hasKey(views: RecordViews, id: number, key: Uint8Array): boolean {
  if (views.words[id * WORDS + KEY_LENGTH] !== key.length) return false
  for (let i = 0; i < key.length; i++) if (keyByte(views, id, i) !== key[i]) return false
  return true
}

/** Decodes a record that is in use. */
export function readRecord(views: RecordViews, id: number): InodeRecord {
  const { words, floats } = views
  const at = id * WORDS
  const key = new Uint8Array(words[at + KEY_LENGTH]!)
  for (let i = 0; i < key.length; i++) key[i] = keyByte(views, id, i)
  const kind = words[at + KIND]!
  const isRoot = (kind & IS_ROOT) !== 0
  const claimed = Atomics.load(words, at + SIZE_CLAIM)
  const sec = floats[(at + MTIME_SEC) / 2]!
  const mode = words[at + MODE]! >>> 0
  return {
    generation: words[at + GENERATION]!,
    parent: words[at + PARENT]!,
    tree: kind >>> TREE_SHIFT,
    key,
    stat: {
      type: TYPES[kind & 3]!,
      size: floats[(at + SIZE) / 2]!,
      mode: mode === NO_MODE ? undefined : mode,
      mtime: Number.isNaN(sec) ? undefined : { sec, nsec: words[at + MTIME_NSEC]! }
    },
    originLow: words[at + ORIGIN]!,
    originHigh: words[at + ORIGIN + 1]!,
    pathLow: isRoot ? 0 : words[at + PLACE]!,
    pathHigh: isRoot ? 0 : words[at + PLACE + 1]!,
    numberLow: words[at + NUMBER]! >>> 0,
    numberHigh: words[at + NUMBER + 1]! >>> 0,
    claim: claimed <= CLAIM_NONE ? undefined : claimed - 1
  }
}

/** Writes the parts of a new record that its node alone decides; its extension is there already. */
export function writeNode(
  { bytes, words, floats }: RecordViews,
  id: number,
  identity: NodeIdentity,
  key: Uint8Array,
  stat: NodeStat
): void {
  const at = id * WORDS
  const { length } = key
  const extension = words[at + EXTENSION]!
  const inline = id * RECORD + KEY_AT
  // By hand: a call of set with a view costs more than 36 bytes do.
  for (let i = 0; i < length && i < INLINE_KEY; i++) bytes[inline + i] = key[i]!
  if (extension !== 0) bytes.set(key.subarray(INLINE_KEY), extension * RECORD + 4)
  words[at + KEY_LENGTH] = length
  words[at + PLACE] = identity.placeLow
  words[at + PLACE + 1] = identity.placeHigh
  words[at + ORIGIN] = identity.originLow
  words[at + ORIGIN + 1] = identity.originHigh
  words[at + NUMBER] = identity.numberLow
  words[at + NUMBER + 1] = identity.numberHigh
  floats[(at + SIZE) / 2] = stat.size
  floats[(at + MTIME_SEC) / 2] = stat.mtime?.sec ?? Number.NaN
  words[at + MTIME_NSEC] = stat.mtime?.nsec ?? 0
  words[at + MODE] = stat.mode ?? NO_MODE
}

/** Returns a record that nobody uses. Call only while holding the lock. @throws MEMORY_BUDGET. */
export function allocateRecord(words: Int32Array, capacity: number): number {
  const recycled = words[FREE_LIST]!
  if (recycled !== 0) {
    words[FREE_LIST] = words[recycled * WORDS + NEXT]!
    words[RECORDS]! += 1
    return recycled
  }
  const id = words[HIGH_WATER]!
  if (id >= capacity)
    throw new KitError('MEMORY_BUDGET', `the kernel holds ${id} names of this mount, its limit`)
  words[HIGH_WATER] = id + 1
  words[RECORDS]! += 1
  return id
}

/** Gives a record back, for another node. Call only while holding the lock. */
export function freeRecord(words: Int32Array, id: number): void {
  Atomics.store(words, id * WORDS + STATE, FREE)
  words[id * WORDS + NEXT] = words[FREE_LIST]!
  words[FREE_LIST] = id
  words[RECORDS]! -= 1
}

/**
 * Puts the ids of nodes into `into`, from an id on, until that is full.
 * @returns the id behind the last one, 0 at the end.
 */
export function collectNodes(words: Int32Array, from: number, into: Uint32Array): number {
  const end = Atomics.load(words, HIGH_WATER)
  let count = 0
  let id = Math.max(from, FIRST_ID)
  for (; id < end && count < into.length; id++)
    if (Atomics.load(words, id * WORDS + STATE) === USED) into[count++] = id
  into.fill(0, count)
  return id < end ? id : 0
}
