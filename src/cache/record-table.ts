/**
 * The table of records in the index: one per block, found through a hash table. One thread writes.
 * Readers take no lock: a record's sequence number is odd while it changes, and a reader that sees
 * it change reads again.
 */
export const RECORD_BYTES = 128
export const KEY_BYTES = 32

// Words of the table's head.
const HIGH_WATER = 0
const FREE = 1
const LIVE = 2

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

/** Longest chain a reader follows: a record reused meanwhile can lead it into a cycle. */
const MAX_STEPS = 4096

/** The content of a record. */
export interface Entry {
  /** The object that holds the payload, −1 for none, and the generation of its slot. */
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
  /** The object that holds the whole file, −1 for none, and the generation of its slot. */
  whole: number
  wholeGeneration: number
  /** The originHash of the backend that gave the block. */
  origin: number
}

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

  /** Computes a checksum, which any changed bit changes, without touches, links and sequence. */
  #checkOf(at: number): number {
    let sum = 0x811c9dc5
    const add = (word: number): void => {
      sum = Math.imul(sum ^ this.#words[at + word]!, 0x01000193) ^ (sum >>> 15)
    }
    for (let word = OBJECT_AT; word <= WHOLE; word++) add(word)
    add(OBJECT_GENERATION)
    add(WHOLE_GENERATION)
    add(ORIGIN)
    for (let word = KEY_AT / 4; word < RECORD_BYTES / 4; word++) add(word)
    return sum | 0
  }

  /** Returns whether a record was written completely and is undamaged. */
  isSound(record: number): boolean {
    const at = this.#at(record)
    return (this.#words[at + SEQUENCE]! & 1) === 0 && this.#words[at + CHECK] === this.#checkOf(at)
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
