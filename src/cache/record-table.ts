/**
 * The table of records in the index: one per block, found through a hash table. One thread writes.
 * Readers take no lock: a record's sequence number is odd while it changes, and a reader that sees
 * it change reads again.
 */
import {
  CHECK,
  FLAGS,
  FLAG_USED,
  KEY_AT,
  KEY_BYTES,
  NEXT,
  RECORD_BYTES,
  SEQUENCE,
  TOUCHED,
  TOUCHES,
  entryCheck,
  readEntry,
  writeEntry,
  type Entry
} from './record-entry.js'

// Words of the table's head.
const HIGH_WATER = 0
const FREE = 1
const LIVE = 2

/** Longest chain a reader follows: a record reused meanwhile can lead it into a cycle. */
const MAX_STEPS = 4096

/** Returns the number of hash buckets, a power of two, about one for two records. */
export const bucketCount = (records: number): number =>
  2 ** Math.ceil(Math.log2(Math.max(16, records / 2)))

/** Byte offsets of the parts of a table. */
export interface RecordTablePlaces {
  /** Three words: high-water mark, free list, records in use. */
  readonly head: number
  readonly buckets: number
  readonly records: number
}

export class RecordTable {
  readonly capacity: number
  readonly #head: Int32Array
  readonly #words: Int32Array
  readonly #floats: Float64Array
  readonly #bytes: Uint8Array
  readonly #buckets: Int32Array
  /** Word offset of record 0, which is unused: ids begin at 1. */
  readonly #records: number
  /** Reserves disk space for a record; false if the disk is full. */
  readonly #ensureRoom: (record: number) => boolean

  constructor(
    memory: ArrayBufferLike,
    places: RecordTablePlaces,
    capacity: number,
    ensureRoom: (record: number) => boolean
  ) {
    this.capacity = capacity
    this.#head = new Int32Array(memory, places.head, 3)
    this.#words = new Int32Array(memory)
    this.#floats = new Float64Array(memory)
    this.#bytes = new Uint8Array(memory)
    this.#buckets = new Int32Array(memory, places.buckets, bucketCount(capacity))
    this.#records = places.records / 4
    this.#ensureRoom = ensureRoom
  }

  /** Initializes a new table; keeps an existing one. */
  initialize(): void {
    if (this.#head[HIGH_WATER] === 0) this.#head[HIGH_WATER] = 1
  }

  /** Records in use. */
  get live(): number {
    return this.#head[LIVE]!
  }

  get highWater(): number {
    return this.#head[HIGH_WATER]!
  }

  #at(record: number): number {
    return this.#records + (record * RECORD_BYTES) / 4
  }

  #bucketOf(key: Uint8Array): number {
    const head = key[8]! | (key[9]! << 8) | (key[10]! << 16) | (key[11]! << 24)
    return (head >>> 0) & (this.#buckets.length - 1)
  }

  /** Returns the record of a key, 0 for none. Safe while the writer changes the table. */
  find(key: Uint8Array): number {
    let record = Atomics.load(this.#buckets, this.#bucketOf(key))
    for (let step = 0; record > 0 && record <= this.capacity && step < MAX_STEPS; step++) {
      if (this.isKey(record, key)) return record
      record = Atomics.load(this.#words, this.#at(record) + NEXT)
    }
    return 0
  }

  /** Returns whether a record is in use and holds this key. */
  isKey(record: number, key: Uint8Array): boolean {
    const at = this.#at(record) * 4 + KEY_AT
    for (let i = 0; i < KEY_BYTES; i++) if (this.#bytes[at + i] !== key[i]) return false
    return (this.#words[this.#at(record) + FLAGS]! & FLAG_USED) !== 0
  }

  /** Returns the sequence number, which grows with each change and is odd during one. */
  sequence(record: number): number {
    return Atomics.load(this.#words, this.#at(record) + SEQUENCE)
  }

  /** Reads a record. The caller compares the sequence number before and after. */
  read(record: number): Entry {
    return readEntry(this.#words, this.#floats, this.#at(record))
  }

  keyOf(record: number): Uint8Array {
    const at = this.#at(record) * 4 + KEY_AT
    return this.#bytes.slice(at, at + KEY_BYTES)
  }

  isUsed(record: number): boolean {
    return (this.#words[this.#at(record) + FLAGS]! & FLAG_USED) !== 0
  }

  // ---- For the writer only.

  /** Whether a new record has a slot in the table. */
  get hasFree(): boolean {
    return this.#head[FREE] !== 0 || this.highWater <= this.capacity
  }

  /** Writes the record of a key, new or existing. @returns its id, 0 if the table is full. */
  put(key: Uint8Array, entry: Entry): number {
    const known = this.find(key)
    const record = known === 0 ? this.#allocate() : known
    if (record === 0) return 0
    const at = this.#at(record)
    Atomics.add(this.#words, at + SEQUENCE, 1)
    writeEntry(this.#words, this.#floats, at, entry)
    if (known === 0) {
      this.#bytes.set(key, at * 4 + KEY_AT)
      this.#words[at + TOUCHES] = 0
      this.#words[at + TOUCHED] = 0
    }
    this.#words[at + CHECK] = entryCheck(this.#words, at)
    Atomics.add(this.#words, at + SEQUENCE, 1)
    if (known === 0) this.#link(record, key)
    return record
  }

  #allocate(): number {
    const words = this.#words
    const recycled = this.#head[FREE]!
    if (recycled !== 0) {
      this.#head[FREE] = words[this.#at(recycled) + NEXT]!
      return recycled
    }
    const record = this.#head[HIGH_WATER]!
    if (record > this.capacity || !this.#ensureRoom(record)) return 0
    this.#head[HIGH_WATER] = record + 1
    return record
  }

  #link(record: number, key: Uint8Array): void {
    const bucket = this.#bucketOf(key)
    this.#words[this.#at(record) + NEXT] = this.#buckets[bucket]!
    Atomics.store(this.#buckets, bucket, record)
    this.#head[LIVE]! += 1
  }

  /** Frees a record. */
  remove(record: number): void {
    const at = this.#at(record)
    const words = this.#words
    const bucket = this.#bucketOf(this.keyOf(record))
    Atomics.add(words, at + SEQUENCE, 1)
    words[at + FLAGS] = 0
    this.#unlink(bucket, record)
    words[at + NEXT] = this.#head[FREE]!
    this.#head[FREE] = record
    this.#head[LIVE]! -= 1
    Atomics.add(words, at + SEQUENCE, 1)
  }

  #unlink(bucket: number, record: number): void {
    const next = this.#words[this.#at(record) + NEXT]!
    if (this.#buckets[bucket] === record) {
      Atomics.store(this.#buckets, bucket, next)
      return
    }
    let previous = this.#buckets[bucket]!
    while (previous !== 0 && this.#words[this.#at(previous) + NEXT] !== record)
      previous = this.#words[this.#at(previous) + NEXT]!
    if (previous !== 0) Atomics.store(this.#words, this.#at(previous) + NEXT, next)
  }

  /** Returns whether a record was written completely and is undamaged. */
  isSound(record: number): boolean {
    const at = this.#at(record)
    return (
      (this.#words[at + SEQUENCE]! & 1) === 0 &&
      this.#words[at + CHECK] === entryCheck(this.#words, at)
    )
  }

  /**
   * Rebuilds the chains from the sound records that `keep` accepts, and frees all others. The last
   * writer may have been killed within a change of a chain.
   */
  rebuild(keep: (record: number) => boolean): void {
    const words = this.#words
    // A new table is left alone: filling its buckets would allocate the sparse file.
    if (this.#head[HIGH_WATER]! <= 1) return
    this.#buckets.fill(0)
    this.#head[FREE] = 0
    this.#head[LIVE] = 0
    const highWater = Math.min(Math.max(1, this.#head[HIGH_WATER]!), this.capacity + 1)
    this.#head[HIGH_WATER] = highWater
    for (let record = 1; record < highWater; record++) {
      const at = this.#at(record)
      if (this.isUsed(record) && this.isSound(record) && keep(record))
        this.#link(record, this.keyOf(record))
      else {
        words[at + SEQUENCE] = (words[at + SEQUENCE]! | 1) + 1
        words[at + FLAGS] = 0
        words[at + NEXT] = this.#head[FREE]!
        this.#head[FREE] = record
      }
    }
  }

  // ---- Use counts, which any reader writes.

  /** Counts a use. The time may lose a race with another reader's, which does no harm. */
  touch(record: number, second: number): number {
    const at = this.#at(record)
    this.#words[at + TOUCHED] = second
    return Atomics.add(this.#words, at + TOUCHES, 1) + 1
  }

  touches(record: number): { readonly count: number; readonly second: number } {
    const at = this.#at(record)
    return { count: this.#words[at + TOUCHES]!, second: this.#words[at + TOUCHED]! }
  }
}
