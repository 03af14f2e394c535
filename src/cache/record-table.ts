/**
 * The records of the cache, in its index: one for each block, behind a hash table. One thread
 * writes; readers take no lock: a record's sequence number is odd while it changes, and who sees
 * it change looks again.
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

/** Longest chain that is followed: a reader may be led astray by a record that changes hands. */
const MAX_STEPS = 4096

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

export const bucketCount = (records: number): number =>
  2 ** Math.ceil(Math.log2(Math.max(16, records / 2)))

/** Where the parts of a table lie, in bytes. */
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
  /** Word of record 0, which is no record: ids begin at 1. */
  readonly #records: number
  /** Whether the disk has room for a record. */
  readonly #hasRoom: (record: number) => boolean

  constructor(
    memory: ArrayBufferLike,
    places: RecordTablePlaces,
    capacity: number,
    hasRoom: (record: number) => boolean
  ) {
    this.capacity = capacity
    this.#head = new Int32Array(memory, places.head, 3)
    this.#words = new Int32Array(memory)
    this.#floats = new Float64Array(memory)
    this.#bytes = new Uint8Array(memory)
    this.#buckets = new Int32Array(memory, places.buckets, bucketCount(capacity))
    this.#records = places.records / 4
    this.#hasRoom = hasRoom
  }

  /** A new table: ids begin at 1. */
  begin(): void {
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

  /** The record of a key; 0 for none. Safe beside the writer. */
  find(key: Uint8Array): number {
    let record = Atomics.load(this.#buckets, this.#bucketOf(key))
    for (let step = 0; record > 0 && record <= this.capacity && step < MAX_STEPS; step++) {
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

  // ---- For the writer alone, but for touches.

  /** Whether there is room for another record. */
  get hasFree(): boolean {
    return this.#head[FREE] !== 0 || this.highWater <= this.capacity
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
    const recycled = this.#head[FREE]!
    if (recycled !== 0) {
      this.#head[FREE] = words[this.#at(recycled) + NEXT]!
      return recycled
    }
    const record = this.#head[HIGH_WATER]!
    if (record > this.capacity || !this.#hasRoom(record)) return 0
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

  /** Forget a record. */
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
    for (let word = KEY_AT / 4; word < RECORD_BYTES / 4; word++) add(word)
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
}
