/**
 * The index of the cache: one file, mapped by every thread and process that reads the cache. One
 * process writes, its owner, on one thread. Layout in FORMAT.md.
 */
import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, readSync } from 'node:fs'
import { ifPresent } from '../core/fs-durable.js'
import { isKitError } from '../core/errors.js'
import { mapShared, reserveSpace, type Mapping } from '../core/native.js'
import { OBJECT_BYTES, ObjectTable } from './object-table.js'
import { bucketCount, RECORD_BYTES, RecordTable } from './record-table.js'

const MAGIC = 0x33434b49 // "IKC3"
const HEADER = 4096

// Words of the header.
const RECORDS = 1
const BUCKETS = 2
const OBJECTS = 3
const STATE = 4
/** Three words: high-water mark, free list, records in use. */
const TABLE_HEAD = 5
const BOOT_AT = 64
const COUNTERS = 32

const CLEAN = 1
const IN_USE = 2

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

/** Where the records of an index begin, in bytes. */
const recordsAt = ({ records, objects }: IndexSizes): number =>
  HEADER + objects * OBJECT_BYTES + bucketCount(records) * 4

/** Bytes of an index file, all of it used. */
export const indexBytes = (sizes: IndexSizes): number =>
  recordsAt(sizes) + (sizes.records + 1) * RECORD_BYTES

export class CacheIndex {
  readonly records: RecordTable
  readonly objects: ObjectTable
  readonly #mapping: Mapping
  readonly #words: Int32Array
  readonly #bytes: Uint8Array
  readonly #recordsAt: number
  /** Of the file, for its writer; and up to which record the disk has room. */
  #path = ''
  #roomTo = 0

  private constructor(mapping: Mapping, sizes: IndexSizes) {
    this.#mapping = mapping
    this.#words = new Int32Array(mapping.buffer)
    this.#bytes = new Uint8Array(mapping.buffer)
    this.#recordsAt = recordsAt(sizes)
    this.objects = new ObjectTable(mapping.buffer, HEADER, sizes.objects)
    const places = {
      head: TABLE_HEAD * 4,
      buckets: HEADER + sizes.objects * OBJECT_BYTES,
      records: this.#recordsAt
    }
    const hasRoom = (record: number): boolean => this.#hasRoom(record)
    this.records = new RecordTable(mapping.buffer, places, sizes.records, hasRoom)
  }

  /** Open an index for reading; undefined where there is none that can be read. */
  static openForReading(path: string): CacheIndex | undefined {
    const sizes = sizesOf(path)
    if (sizes === undefined) return undefined
    return new CacheIndex(mapShared(path, indexBytes(sizes), true), sizes)
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
    const index = new CacheIndex(mapShared(path, indexBytes(sizes), true), sizes)
    index.#path = path
    index.#reserve(0, index.#recordsAt + RECORD_BYTES)
    index.#reserveRecords(index.records.highWater)
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
    words[BUCKETS] = bucketCount(records)
    words[OBJECTS] = objects
    words[STATE] = IN_USE
    this.records.begin()
    this.#bytes.set(Buffer.from(bootId(), 'latin1'), BOOT_AT)
    words[0] = MAGIC
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
    const to = Math.min(this.records.capacity + 1, until + RECORDS_AT_ONCE)
    const from = this.#recordsAt
    this.#reserve(from + this.#roomTo * RECORD_BYTES, (to - this.#roomTo) * RECORD_BYTES)
    this.#roomTo = to
  }

  /** Maps of other systems are not asked: only Linux kills who writes where no room is. */
  #reserve(offset: number, length: number): void {
    if (process.platform === 'linux' && length > 0) reserveSpace(this.#path, offset, length)
  }

  // ---- What readers count for everybody.

  count(counter: number, amount: number): void {
    Atomics.add(this.#words, COUNTERS + counter, amount)
  }

  counted(counter: number): number {
    return Atomics.load(this.#words, COUNTERS + counter) >>> 0
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
