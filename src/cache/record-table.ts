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
  SEQUENCE,
  TOUCHED,
  TOUCHES,
  entryCheck,
  readEntry,
  writeEntry,
  type Entry
} from './record-entry.js'

import { bucketOf, bucketOffset, CHUNK_BUCKETS, CHUNK_RECORDS, chunkOf, chunkOfBucket, chunksFor, recordOffset, type TableFile } from './record-chunks.js' // prettier-ignore

// Words of the table's head.
const HIGH_WATER = 0
const FREE = 1
const LIVE = 2
/** Hash buckets in use. */
const BUCKETS = 3
/** Grows with each change of the buckets' number, and is odd during one. */
const RESIZES = 4
/** Words of the head. */
const HEAD_WORDS = 5

/** Longest chain a reader follows: a record reused meanwhile can lead it into a cycle. */
const MAX_STEPS = 4096
/** How often a reader looks again at once for what it missed while the buckets changed. */
const MAX_LOOKS = 100
/** After that it waits for a writer that has lost its turn on a busy machine; one that was killed never ends. */
const PAUSE_MS = 0.05
const MAX_WAIT_MS = 200
const pause = new Int32Array(new SharedArrayBuffer(4))

/** Byte offsets of the parts of a table. */
export interface RecordTablePlaces {
  readonly head: number
  readonly chunks: number
}

export class RecordTable {
  readonly capacity: number
  readonly #head: Int32Array
  readonly #words: Int32Array
  readonly #floats: Float64Array
  readonly #bytes: Uint8Array
  /** Word offset of the first chunk. */
  readonly #base: number
  readonly #file: TableFile
  /** Chunks that are known to be in the file. */
  #chunks: number
  /** The number of a change that did not end in time. */
  #unended = -1

  constructor(
    memory: ArrayBufferLike,
    places: RecordTablePlaces,
    capacity: number,
    file: TableFile
  ) {
    this.capacity = capacity
    this.#head = new Int32Array(memory, places.head, HEAD_WORDS)
    this.#words = new Int32Array(memory)
    this.#floats = new Float64Array(memory)
    this.#bytes = new Uint8Array(memory)
    this.#base = places.chunks / 4
    this.#file = file
    this.#chunks = this.#chunksOfFile()
  }

  /** Chunks that are both in the file and in this mapping, which may be of an earlier capacity. */
  #chunksOfFile(): number {
    return Math.min(this.#file.chunks(), chunksFor(this.capacity))
  }

  /** Returns whether a chunk may be touched. The file is asked only for one that is new. */
  #hasChunk(chunk: number): boolean {
    if (chunk >= this.#chunks) this.#chunks = this.#chunksOfFile()
    return chunk < this.#chunks
  }

  /** Initializes a new table; keeps an existing one. */
  initialize(): void {
    if (this.#head[HIGH_WATER] === 0) this.#head[HIGH_WATER] = 1
    if (this.#head[BUCKETS] === 0) this.#head[BUCKETS] = CHUNK_BUCKETS
  }

  /** Returns whether no record is in use, whatever the counts say: a kill may have left them at 0. */
  isEmpty(): boolean {
    const end = Math.min(this.highWater, this.#chunks * CHUNK_RECORDS)
    for (let record = 1; record < end; record++) if (this.isUsed(record)) return false
    return true
  }

  /** Chunks of the table's file. */
  get chunks(): number {
    return this.#chunks
  }

  /** Records in use. */
  get live(): number {
    return this.#head[LIVE]!
  }

  get highWater(): number {
    return this.#head[HIGH_WATER]!
  }

  /** Word offset of a record. Ids begin at 1. */
  #at(record: number): number {
    return this.#base + recordOffset(record)
  }

  /** Word offset of a bucket. */
  #bucketAt(bucket: number): number {
    return this.#base + bucketOffset(bucket)
  }

  /** Returns the record of a key, 0 for none. Safe while the writer changes the table. */
  find(key: Uint8Array): number {
    let since = 0
    for (let look = 1; ; look++) {
      const resizes = Atomics.load(this.#head, RESIZES)
      const found = this.#search(key)
      if (found !== 0) return found
      // A record that moves to another bucket is in neither chain for a moment.
      if ((resizes & 1) === 0 && Atomics.load(this.#head, RESIZES) === resizes) return 0
      if (look < MAX_LOOKS) continue
      if (look === MAX_LOOKS) since = performance.now()
      if (!this.#waitFor(resizes, since)) return 0
    }
  }

  /** Waits a moment for the end of a change. @returns false where that does not come in time. */
  #waitFor(resizes: number, since: number): boolean {
    if (resizes === this.#unended) return false
    if (performance.now() - since > MAX_WAIT_MS) {
      this.#unended = resizes
      return false
    }
    Atomics.wait(pause, 0, 0, PAUSE_MS)
    return true
  }

  #search(key: Uint8Array): number {
    const bucket = bucketOf(key, Atomics.load(this.#head, BUCKETS))
    if (!this.#hasChunk(chunkOfBucket(bucket))) return 0
    let record = Atomics.load(this.#words, this.#bucketAt(bucket))
    for (let step = 0; this.#isId(record) && step < MAX_STEPS; step++) {
      if (this.isKey(record, key)) return record
      record = Atomics.load(this.#words, this.#at(record) + NEXT)
    }
    return 0
  }

  #isId(record: number): boolean {
    return record > 0 && record <= this.capacity && this.#hasChunk(chunkOf(record))
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
    if (known !== 0) return record
    this.#link(record, key)
    // A record needs two buckets.
    this.#split()
    this.#split()
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
    if (record > this.capacity) return 0
    if (!this.#hasChunk(chunkOf(record)) && !this.#file.addChunk()) return 0
    this.#head[HIGH_WATER] = record + 1
    return record
  }

  #link(record: number, key: Uint8Array): void {
    const bucket = this.#bucketAt(bucketOf(key, this.#head[BUCKETS]!))
    this.#words[this.#at(record) + NEXT] = this.#words[bucket]!
    Atomics.store(this.#words, bucket, record)
    this.#head[LIVE]! += 1
  }

  /** Splits a bucket where there are too few: one after the other, so that no put takes long. */
  #split(): void {
    const buckets = this.#head[BUCKETS]!
    if (2 * this.live <= buckets || !this.#hasChunk(chunkOfBucket(buckets))) return
    const half = 2 ** (31 - Math.clz32(buckets))
    const from = this.#bucketAt(buckets - half)
    let staying = 0
    let moving = 0
    Atomics.add(this.#head, RESIZES, 1)
    let record = this.#words[from]!
    while (record !== 0) {
      const next = this.#at(record) + NEXT
      const following = this.#words[next]!
      const moves = bucketOf(this.keyOf(record), buckets + 1) === buckets
      this.#words[next] = moves ? moving : staying
      if (moves) moving = record
      else staying = record
      record = following
    }
    Atomics.store(this.#words, from, staying)
    Atomics.store(this.#words, this.#bucketAt(buckets), moving)
    Atomics.store(this.#head, BUCKETS, buckets + 1)
    Atomics.add(this.#head, RESIZES, 1)
  }

  /** Frees a record. */
  remove(record: number): void {
    const at = this.#at(record)
    const words = this.#words
    const bucket = this.#bucketAt(bucketOf(this.keyOf(record), this.#head[BUCKETS]!))
    Atomics.add(words, at + SEQUENCE, 1)
    words[at + FLAGS] = 0
    this.#unlink(bucket, record)
    words[at + NEXT] = this.#head[FREE]!
    this.#head[FREE] = record
    this.#head[LIVE]! -= 1
    Atomics.add(words, at + SEQUENCE, 1)
  }

  /** @param bucket its word offset. */
  #unlink(bucket: number, record: number): void {
    const next = this.#words[this.#at(record) + NEXT]!
    if (this.#words[bucket] === record) {
      Atomics.store(this.#words, bucket, next)
      return
    }
    let previous = this.#words[bucket]!
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
    // A kill may have left the number odd.
    Atomics.store(this.#head, RESIZES, this.#head[RESIZES]! | 1)
    const end = Math.min(this.capacity + 1, this.#chunks * CHUNK_RECORDS)
    const highWater = Math.min(Math.max(1, this.#head[HIGH_WATER]!), end)
    this.#head[HIGH_WATER] = highWater
    this.#head[FREE] = 0
    this.#head[LIVE] = 0
    this.#head[BUCKETS] = Math.max(CHUNK_BUCKETS, 2 * highWater)
    for (let bucket = 0; bucket < this.#head[BUCKETS]; bucket++) words[this.#bucketAt(bucket)] = 0
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
    Atomics.add(this.#head, RESIZES, 1)
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
