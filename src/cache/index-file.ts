/**
 * The index of the cache: one file, mapped by every thread and process that reads the cache, and
 * written by one thread of its owner. Layout in FORMAT.md.
 */
import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, readSync } from 'node:fs'
import { ifPresent } from '../core/fs-durable.js'
import { isKitError } from '../core/errors.js'
import { mapShared, reserveSpace, type Mapping } from '../core/native.js'
import { OBJECT_BYTES, ObjectTable } from './object-table.js'
import { RECORD_BYTES } from './record-entry.js'
import { bucketCount, RecordTable } from './record-table.js'

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

/** Counters that readers increment: hits and KiB read, by tier. */
export const Counter = {
  MEMORY_HITS: 0,
  DISK_HITS: 1,
  MEMORY_KIB: 2,
  DISK_KIB: 3,
  /** Number of suspicions raised: the writer searches for suspect objects when it has changed. */
  SUSPICIONS: 4
} as const

/** Records for which disk space is reserved at a time. */
const RECORDS_AT_ONCE = 4096

export interface IndexSizes {
  /** Maximum number of blocks. */
  readonly records: number
  /** Maximum number of files of the disk tier. */
  readonly objects: number
}

/**
 * The part of an earlier writer's data that survived: all after a clean close; all that was
 * written since this boot, synced or not; or, after neither, only the sealed objects.
 */
export type Trust = 'all' | 'this boot' | 'sealed'

/** Byte offset of the first record. */
const recordsAt = ({ records, objects }: IndexSizes): number =>
  HEADER + objects * OBJECT_BYTES + bucketCount(records) * 4

/** Size of an index file in bytes; the file is sparse. */
export const indexBytes = (sizes: IndexSizes): number =>
  recordsAt(sizes) + (sizes.records + 1) * RECORD_BYTES

/** The mapped index. */
export class CacheIndex {
  readonly records: RecordTable
  readonly objects: ObjectTable
  readonly #mapping: Mapping
  readonly #words: Int32Array
  readonly #bytes: Uint8Array
  readonly #recordsAt: number
  /** Path of the file, set for the writer only. */
  #path = ''
  /** First record for which no disk space is reserved yet. */
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
    const ensureRoom = (record: number): boolean => this.#ensureRoom(record)
    this.records = new RecordTable(mapping.buffer, places, sizes.records, ensureRoom)
  }

  /** Opens an index for reading; undefined if it is missing or of another format. */
  static openForReading(path: string): CacheIndex | undefined {
    const sizes = readIndexSizes(path)
    if (sizes === undefined) return undefined
    return new CacheIndex(mapShared(path, indexBytes(sizes), true), sizes)
  }

  /**
   * Opens the index for its one writer, and recreates it if its sizes differ.
   * @returns the index, and how far its content can be trusted.
   */
  static openForWriting(path: string, sizes: IndexSizes): { index: CacheIndex; trust: Trust } {
    const known = readIndexSizes(path)
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
    index.#markInUse(sizes)
    return { index, trust }
  }

  #trust(): Trust {
    if (this.#boot() === bootId()) return 'this boot'
    return this.#words[STATE] === CLEAN ? 'all' : 'sealed'
  }

  #boot(): string {
    return Buffer.from(this.#bytes.slice(BOOT_AT, BOOT_AT + 36)).toString('latin1')
  }

  #markInUse({ records, objects }: IndexSizes): void {
    const words = this.#words
    words[RECORDS] = records
    words[BUCKETS] = bucketCount(records)
    words[OBJECTS] = objects
    words[STATE] = IN_USE
    this.records.initialize()
    this.#bytes.set(Buffer.from(bootId(), 'latin1'), BOOT_AT)
    words[0] = MAGIC
  }

  /** Reserves disk space for a record of the sparse file. @returns false if the disk is full. */
  #ensureRoom(record: number): boolean {
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

  /**
   * Reserves disk space on Linux, where a write to a mapped page without space kills the process
   * with SIGBUS.
   */
  #reserve(offset: number, length: number): void {
    if (process.platform === 'linux' && length > 0) reserveSpace(this.#path, offset, length)
  }

  // ---- Counters, shared by all readers.

  count(counter: number, amount: number): void {
    Atomics.add(this.#words, COUNTERS + counter, amount)
  }

  counterValue(counter: number): number {
    return Atomics.load(this.#words, COUNTERS + counter) >>> 0
  }

  /** Returns when all of it is on the disk. */
  sync(): void {
    this.#mapping.sync()
  }

  /** Unmaps the index. @param clean whether all objects it refers to are synced and sealed. */
  close(clean: boolean): void {
    if (clean) this.#words[STATE] = CLEAN
    this.#mapping.close()
  }
}

/** Reads the sizes of an index file; undefined if it is missing, truncated or another format. */
export function readIndexSizes(path: string): IndexSizes | undefined {
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

/** Returns an id that changes with every boot; it is constant on systems without /proc. */
function bootId(): string {
  boot ??= (ifPresent(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1')) ?? '')
    .trim()
    .padEnd(36, '-')
  return boot
}
