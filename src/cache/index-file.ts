/**
 * The index of the cache: one file, mapped by every thread and process that reads the cache, of
 * fixed records behind a hash table. One process writes, its owner, on one thread; readers take
 * no lock: a record's sequence number is odd while it changes, and who sees it change looks
 * again. Layout in FORMAT.md.
 */
import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, readSync } from 'node:fs'
import { ifPresent } from '../core/fs-durable.js'
import { isKitError } from '../core/errors.js'
import { mapShared, reserveSpace, type Mapping } from '../core/native.js'

const MAGIC = 0x33434b49 // "IKC3"
const HEADER = 4096
const OBJECT = 64
const RECORD = 128
export const KEY_BYTES = 32

// Words of the header.
const RECORDS = 1
const BUCKETS = 2
const OBJECTS = 3
const STATE = 4
const HIGH_WATER = 5
const FREE = 6
const LIVE = 7
const BOOT_AT = 64
const COUNTERS = 32

const CLEAN = 1
const IN_USE = 2

/** Words of an object, and its floats. */
export const ObjectWord = { STATE: 0, KIND: 1, GENERATION: 2, SUSPECT: 3, TOUCHES: 4, TOUCHED: 5, COMPLETE: 6 } as const // prettier-ignore
export const ObjectFloat = { SIZE: 4, MTIME: 5, CTIME: 6, CREATED: 7 } as const
/** States of an object: free, being written, and durable with its size and times on record. */
export const ObjectState = { FREE: 0, OPEN: 1, SEALED: 2 } as const
export const ObjectKind = { PACK: 1, FILE: 2 } as const

// Words of a record.
const SEQUENCE = 0
const NEXT = 1
const OBJECT_AT = 2
const LENGTH = 3
const FLAGS = 4
const CODEC = 5
const HASH = 6
const MTIME_NSEC = 7
const OFFSET = 4 // float64
const SIZE = 5 // float64
const MTIME_SEC = 6 // float64, NaN where there is none
const WHOLE = 14
const TOUCHES = 15
const TOUCHED = 16
const CHECK = 17
const OBJECT_GENERATION = 18
const WHOLE_GENERATION = 19
const ORIGIN = 20
const KEY_AT = 96

const FLAG_FRAMED = 0x100
const FLAG_MODE = 0x200
const FLAG_USED = 0x8000

/** What readers count: hits, and KiB that they read, by tier. */
export const Counter = {
  MEMORY_HITS: 0,
  DISK_HITS: 1,
  MEMORY_KIB: 2,
  DISK_KIB: 3,
  /** How often an object was suspected: its writer looks which when this has changed. */
  SUSPICIONS: 4
} as const

/** Records that the disk is asked room for at a time. */
const RECORDS_AT_ONCE = 4096

/** Longest chain that is followed: a reader may be led astray by a record that changes hands. */
const MAX_STEPS = 4096

export interface IndexSizes {
  /** Blocks at most. */
  readonly records: number
  /** Files at most. */
  readonly objects: number
}

/**
 * What an earlier writer left: closed well; written since the machine started, so that all of
 * it is there; or neither, and only what was sealed is.
 */
export type Trust = 'all' | 'this boot' | 'sealed'

/** What a record says of a block. */
export interface Entry {
  /** The object that holds its bytes, −1 for none, and the life of its slot that is meant. */
  object: number
  objectGeneration: number
  offset: number
  length: number
  framed: boolean
  kind: number
  size: number
  mode: number | undefined
  mtimeSec: number | undefined
  mtimeNsec: number
  codec: number
  hashCode: number
  /** The object that holds the whole file, −1 for none, and the life of its slot that is meant. */
  whole: number
  wholeGeneration: number
  /** The hash of the name of the backend that gave it. */
  origin: number
}

const bucketCount = (records: number): number =>
  2 ** Math.ceil(Math.log2(Math.max(16, records / 2)))

/** Bytes of an index file, all of it used. */
export const indexBytes = ({ records, objects }: IndexSizes): number =>
  HEADER + objects * OBJECT + bucketCount(records) * 4 + (records + 1) * RECORD

export class CacheIndex {
  readonly recordCapacity: number
  readonly objectCapacity: number
  readonly #mapping: Mapping
  readonly #words: Int32Array
  readonly #floats: Float64Array
  readonly #bytes: Uint8Array
  readonly #buckets: Int32Array
  /** Word of record 0, which is no record: ids begin at 1. */
  readonly #records: number
  /** Of the file, for its writer; and up to which record the disk has room. */
  #path = ''
  #roomTo = 0

  private constructor(mapping: Mapping, records: number, objects: number) {
    this.#mapping = mapping
    this.recordCapacity = records
    this.objectCapacity = objects
    this.#words = new Int32Array(mapping.buffer)
    this.#floats = new Float64Array(mapping.buffer)
    this.#bytes = new Uint8Array(mapping.buffer)
    const bucketsAt = HEADER + objects * OBJECT
    const buckets = bucketCount(records)
    this.#buckets = new Int32Array(mapping.buffer, bucketsAt, buckets)
    this.#records = (bucketsAt + buckets * 4) / 4
  }

  /** Open an index for reading; undefined where there is none that can be read. */
  static openForReading(path: string): CacheIndex | undefined {
    const sizes = sizesOf(path)
    if (sizes === undefined) return undefined
    return new CacheIndex(mapShared(path, indexBytes(sizes), true), sizes.records, sizes.objects)
  }

  /**
   * Open the index for its one writer; made anew where there is none of these sizes.
   * @returns it, and what of it can be believed.
   */
  static openForWriting(path: string, sizes: IndexSizes): { index: CacheIndex; trust: Trust } {
    const known = sizesOf(path)
    const fits = known?.records === sizes.records && known.objects === sizes.objects
    if (!fits) {
      const fd = openSync(path, 'w', 0o600)
      ftruncateSync(fd, indexBytes(sizes))
      closeSync(fd)
    }
    const index = new CacheIndex(
      mapShared(path, indexBytes(sizes), true),
      sizes.records,
      sizes.objects
    )
    index.#path = path
    index.#reserve(0, index.#records * 4 + RECORD)
    index.#reserveRecords(index.highWater)
    const trust = index.#trust()
    index.#begin(sizes)
    return { index, trust }
  }

  #trust(): Trust {
    if (this.#boot() === bootId()) return 'this boot'
    return this.#words[STATE] === CLEAN ? 'all' : 'sealed'
  }

  #boot(): string {
    return Buffer.from(this.#bytes.slice(BOOT_AT, BOOT_AT + 36)).toString('latin1')
  }

  #begin({ records, objects }: IndexSizes): void {
    const words = this.#words
    words[RECORDS] = records
    words[BUCKETS] = this.#buckets.length
    words[OBJECTS] = objects
    words[STATE] = IN_USE
    if (words[HIGH_WATER] === 0) words[HIGH_WATER] = 1
    this.#bytes.set(Buffer.from(bootId(), 'latin1'), BOOT_AT)
    words[0] = MAGIC
  }

  /** Records in use. */
  get live(): number {
    return this.#words[LIVE]!
  }

  get highWater(): number {
    return this.#words[HIGH_WATER]!
  }

  #at(record: number): number {
    return this.#records + (record * RECORD) / 4
  }

  #bucketOf(key: Uint8Array): number {
    const head = key[8]! | (key[9]! << 8) | (key[10]! << 16) | (key[11]! << 24)
    return (head >>> 0) & (this.#buckets.length - 1)
  }

  /** The record of a key; 0 for none. Safe beside the writer. */
  find(key: Uint8Array): number {
    let record = Atomics.load(this.#buckets, this.#bucketOf(key))
    for (let step = 0; record > 0 && record <= this.recordCapacity && step < MAX_STEPS; step++) {
      if (this.isKey(record, key)) return record
      record = Atomics.load(this.#words, this.#at(record) + NEXT)
    }
    return 0
  }

  /** Whether a record is in use for a key. */
  isKey(record: number, key: Uint8Array): boolean {
    const at = this.#at(record) * 4 + KEY_AT
    for (let i = 0; i < KEY_BYTES; i++) if (this.#bytes[at + i] !== key[i]) return false
    return (this.#words[this.#at(record) + FLAGS]! & FLAG_USED) !== 0
  }

  /** Changes whenever a record does; odd while it does. */
  sequence(record: number): number {
    return Atomics.load(this.#words, this.#at(record) + SEQUENCE)
  }

  /** Read a record. The caller looks at the sequence before and behind. */
  read(record: number): Entry {
    const at = this.#at(record)
    const words = this.#words
    const floats = this.#floats
    const flags = words[at + FLAGS]!
    const sec = floats[at / 2 + MTIME_SEC]!
    return {
      object: words[at + OBJECT_AT]! - 1,
      objectGeneration: words[at + OBJECT_GENERATION]!,
      offset: floats[at / 2 + OFFSET]!,
      length: words[at + LENGTH]!,
      framed: (flags & FLAG_FRAMED) !== 0,
      kind: flags & 0xff,
      size: floats[at / 2 + SIZE]!,
      mode: (flags & FLAG_MODE) === 0 ? undefined : (flags >>> 16) & 0xfff,
      mtimeSec: Number.isNaN(sec) ? undefined : sec,
      mtimeNsec: words[at + MTIME_NSEC]! >>> 0,
      codec: words[at + CODEC]! >>> 0,
      hashCode: words[at + HASH]! >>> 0,
      whole: words[at + WHOLE]! - 1,
      wholeGeneration: words[at + WHOLE_GENERATION]!,
      origin: words[at + ORIGIN]!
    }
  }

  keyOf(record: number): Uint8Array {
    const at = this.#at(record) * 4 + KEY_AT
    return this.#bytes.slice(at, at + KEY_BYTES)
  }

  isUsed(record: number): boolean {
    return (this.#words[this.#at(record) + FLAGS]! & FLAG_USED) !== 0
  }

  /** Whether an object is there, in the life of its slot that a record means. */
  isLife(object: number, generation: number): boolean {
    return (
      object >= 0 &&
      object < this.objectCapacity &&
      this.objectWord(object, ObjectWord.GENERATION) === generation &&
      this.objectWord(object, ObjectWord.STATE) !== ObjectState.FREE
    )
  }

  // ---- For the writer alone, but for touches.

  /** Whether there is room for another record. */
  get hasFree(): boolean {
    return this.#words[FREE] !== 0 || this.highWater <= this.recordCapacity
  }

  /** Write the record of a key: a new one, or the one it has. @returns 0 when the table is full. */
  put(key: Uint8Array, entry: Entry): number {
    const known = this.find(key)
    const record = known === 0 ? this.#allocate() : known
    if (record === 0) return 0
    const at = this.#at(record)
    Atomics.add(this.#words, at + SEQUENCE, 1)
    this.#fill(at, entry)
    if (known === 0) {
      this.#bytes.set(key, at * 4 + KEY_AT)
      this.#words[at + TOUCHES] = 0
      this.#words[at + TOUCHED] = 0
    }
    this.#words[at + CHECK] = this.#checkOf(at)
    Atomics.add(this.#words, at + SEQUENCE, 1)
    if (known === 0) this.#link(record, key)
    return record
  }

  #allocate(): number {
    const words = this.#words
    const recycled = words[FREE]!
    if (recycled !== 0) {
      words[FREE] = words[this.#at(recycled) + NEXT]!
      return recycled
    }
    const record = words[HIGH_WATER]!
    if (record > this.recordCapacity || !this.#hasRoom(record)) return 0
    words[HIGH_WATER] = record + 1
    return record
  }

  /** The file is sparse: it grows with its use, and never without room on the disk. */
  #hasRoom(record: number): boolean {
    if (record < this.#roomTo) return true
    try {
      this.#reserveRecords(record + 1)
      return true
    } catch (error) {
      if (isKitError(error, 'NO_SPACE')) return false
      throw error
    }
  }

  #reserveRecords(until: number): void {
    const to = Math.min(this.recordCapacity + 1, until + RECORDS_AT_ONCE)
    const from = this.#records * 4
    this.#reserve(from + this.#roomTo * RECORD, (to - this.#roomTo) * RECORD)
    this.#roomTo = to
  }

  /** Maps of other systems are not asked: only Linux kills who writes where no room is. */
  #reserve(offset: number, length: number): void {
    if (process.platform === 'linux' && length > 0) reserveSpace(this.#path, offset, length)
  }

  #fill(at: number, entry: Entry): void {
    const words = this.#words
    const floats = this.#floats
    words[at + OBJECT_AT] = entry.object + 1
    words[at + LENGTH] = entry.length
    words[at + FLAGS] =
      entry.kind |
      (entry.framed ? FLAG_FRAMED : 0) |
      (entry.mode === undefined ? 0 : FLAG_MODE | (entry.mode << 16)) |
      FLAG_USED
    words[at + CODEC] = entry.codec
    words[at + HASH] = entry.hashCode
    words[at + MTIME_NSEC] = entry.mtimeNsec
    floats[at / 2 + OFFSET] = entry.offset
    floats[at / 2 + SIZE] = entry.size
    floats[at / 2 + MTIME_SEC] = entry.mtimeSec ?? Number.NaN
    words[at + WHOLE] = entry.whole + 1
    words[at + OBJECT_GENERATION] = entry.objectGeneration
    words[at + WHOLE_GENERATION] = entry.wholeGeneration
    words[at + ORIGIN] = entry.origin
  }

  #link(record: number, key: Uint8Array): void {
    const bucket = this.#bucketOf(key)
    this.#words[this.#at(record) + NEXT] = this.#buckets[bucket]!
    Atomics.store(this.#buckets, bucket, record)
    this.#words[LIVE]! += 1
  }

  /** Forget a record. */
  remove(record: number): void {
    const at = this.#at(record)
    const words = this.#words
    const bucket = this.#bucketOf(this.keyOf(record))
    Atomics.add(words, at + SEQUENCE, 1)
    words[at + FLAGS] = 0
    this.#unlink(bucket, record)
    words[at + NEXT] = words[FREE]!
    words[FREE] = record
    words[LIVE]! -= 1
    Atomics.add(words, at + SEQUENCE, 1)
  }

  #unlink(bucket: number, record: number): void {
    const next = this.#words[this.#at(record) + NEXT]!
    if (this.#buckets[bucket] === record) {
      Atomics.store(this.#buckets, bucket, next)
      return
    }
    let before = this.#buckets[bucket]!
    while (before !== 0 && this.#words[this.#at(before) + NEXT] !== record)
      before = this.#words[this.#at(before) + NEXT]!
    if (before !== 0) Atomics.store(this.#words, this.#at(before) + NEXT, next)
  }

  /** Over what a record says: one changed bit changes it. */
  #checkOf(at: number): number {
    let sum = 0x811c9dc5
    const add = (word: number): void => {
      sum = Math.imul(sum ^ this.#words[at + word]!, 0x01000193) ^ (sum >>> 15)
    }
    for (let word = OBJECT_AT; word <= WHOLE; word++) add(word)
    add(OBJECT_GENERATION)
    add(WHOLE_GENERATION)
    add(ORIGIN)
    for (let word = KEY_AT / 4; word < RECORD / 4; word++) add(word)
    return sum | 0
  }

  /** Whether a record is as it was written. */
  isSound(record: number): boolean {
    const at = this.#at(record)
    return (this.#words[at + SEQUENCE]! & 1) === 0 && this.#words[at + CHECK] === this.#checkOf(at)
  }

  /**
   * Build the chains anew from the records that `keep` wants; all others are forgotten. For a
   * file whose last writer did not close it.
   */
  rebuild(keep: (record: number) => boolean): void {
    const words = this.#words
    // A new one: filling its table would make the disk hold it.
    if (words[HIGH_WATER]! <= 1) return
    this.#buckets.fill(0)
    words[FREE] = 0
    words[LIVE] = 0
    const highWater = Math.min(Math.max(1, words[HIGH_WATER]!), this.recordCapacity + 1)
    words[HIGH_WATER] = highWater
    for (let record = 1; record < highWater; record++) {
      const at = this.#at(record)
      if (this.isUsed(record) && this.isSound(record) && keep(record))
        this.#link(record, this.keyOf(record))
      else {
        words[at + SEQUENCE] = (words[at + SEQUENCE]! | 1) + 1
        words[at + FLAGS] = 0
        words[at + NEXT] = words[FREE]!
        words[FREE] = record
      }
    }
  }

  // ---- How often and when something was used. Any reader may say so.

  touch(record: number, second: number): number {
    const at = this.#at(record)
    this.#words[at + TOUCHED] = second
    return Atomics.add(this.#words, at + TOUCHES, 1) + 1
  }

  touches(record: number): { readonly count: number; readonly second: number } {
    const at = this.#at(record)
    return { count: this.#words[at + TOUCHES]!, second: this.#words[at + TOUCHED]! }
  }

  // ---- What readers count for everybody.

  count(counter: number, amount: number): void {
    Atomics.add(this.#words, COUNTERS + counter, amount)
  }

  counted(counter: number): number {
    return Atomics.load(this.#words, COUNTERS + counter) >>> 0
  }

  // ---- Objects.

  objectWord(object: number, word: number): number {
    return Atomics.load(this.#words, (HEADER + object * OBJECT) / 4 + word)
  }

  setObjectWord(object: number, word: number, value: number): void {
    Atomics.store(this.#words, (HEADER + object * OBJECT) / 4 + word, value)
  }

  addObjectWord(object: number, word: number, value: number): void {
    Atomics.add(this.#words, (HEADER + object * OBJECT) / 4 + word, value)
  }

  objectFloat(object: number, float: number): number {
    return this.#floats[(HEADER + object * OBJECT) / 8 + float]!
  }

  setObjectFloat(object: number, float: number, value: number): void {
    this.#floats[(HEADER + object * OBJECT) / 8 + float] = value
  }

  /** Returns when all of it is on the disk. */
  sync(): void {
    this.#mapping.sync()
  }

  /** Its writer is done with it, and all it speaks of is written. */
  close(clean: boolean): void {
    if (clean) this.#words[STATE] = CLEAN
    this.#mapping.close()
  }
}

/** What an index file says of its sizes; undefined where it is none, or not all there. */
export function sizesOf(path: string): IndexSizes | undefined {
  const fd = ifPresent(() => openSync(path, 'r'))
  if (fd === undefined) return undefined
  try {
    const head = Buffer.alloc(16)
    if (readSync(fd, head, 0, head.length, 0) < head.length) return undefined
    const sizes = { records: head.readUInt32LE(4), objects: head.readUInt32LE(12) }
    if (head.readUInt32LE(0) !== MAGIC || sizes.records === 0) return undefined
    return fstatSync(fd).size === indexBytes(sizes) ? sizes : undefined
  } finally {
    closeSync(fd)
  }
}

let boot: string | undefined

/** Differs after every start of the machine. */
function bootId(): string {
  boot ??= (ifPresent(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1')) ?? '')
    .trim()
    .padEnd(36, '-')
  return boot
}
