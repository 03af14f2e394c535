/**
 * The index of the cache: one file, mapped by every thread and process that reads the cache, and
 * written by one thread of its owner. Layout in FORMAT.md.
 */
import { closeSync, fstatSync, openSync, readFileSync, readSync, rmSync, truncateSync } from 'node:fs' // prettier-ignore
import { ifPresent, isReadOnly, openOwn } from '../core/fs-durable.js'
import { isDiskFull, systemCode } from '../core/errors.js'
import { READ_FLAGS } from '../core/read-file.js'
import { mapShared, reserveSpace, type Mapping } from '../core/native.js'
import { OBJECT_BYTES, ObjectTable } from './object-table.js'
import { upgradeIndex } from './upgrade-index.js'
import { CHUNK_BYTES, chunksFor, type TableFile } from './record-chunks.js'
import { RecordTable } from './record-table.js'

const MAGIC = 0x34434b49 // "IKC4"
const HEADER = 4096

// Words of the header.
const RECORDS = 1
const OBJECTS = 3
const STATE = 4
/** The head of the table of records. */
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
  SUSPICIONS: 4,
  /** Number of objects removed: readers close the descriptors of those when it has changed. */
  REMOVALS: 5
} as const

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

/** Most records and objects that a header is believed to have. */
const MAX_SIZES: IndexSizes = { records: 1 << 23, objects: 1 << 16 }

/** Byte offset of the first chunk of records. */
const chunksAt = (objects: number): number => HEADER + objects * OBJECT_BYTES

/** Size in bytes of an index that holds as many records as it can. */
export const indexBytes = ({ records, objects }: IndexSizes): number =>
  chunksAt(objects) + chunksFor(records) * CHUNK_BYTES

/** The mapped index. */
export class CacheIndex {
  readonly records: RecordTable
  readonly objects: ObjectTable
  readonly #mapping: Mapping
  readonly #words: Int32Array
  readonly #bytes: Uint8Array

  private constructor(path: string, sizes: IndexSizes, writable: boolean) {
    const mapping = mapShared(path, indexBytes(sizes), writable)
    this.#mapping = mapping
    this.#words = new Int32Array(mapping.buffer)
    this.#bytes = new Uint8Array(mapping.buffer)
    this.objects = new ObjectTable(mapping.buffer, HEADER, sizes.objects)
    const places = { head: TABLE_HEAD * 4, chunks: chunksAt(sizes.objects) }
    const file = fileOf(path, mapping, sizes.objects)
    this.records = new RecordTable(mapping.buffer, places, sizes.records, file)
  }

  /**
   * Opens an index for reading; undefined if it is missing or of another format. That of a home which
   * cannot be written is mapped so that counts stay in this process.
   */
  static openForReading(path: string): CacheIndex | undefined {
    const sizes = readIndexSizes(path)
    return sizes === undefined ? undefined : new CacheIndex(path, sizes, !isReadOnly(path))
  }

  /**
   * Opens the index for its one writer. It is made anew where it cannot be used, or holds nothing and
   * is larger than a new one.
   * @returns the index, and how far its content can be trusted.
   */
  static openForWriting(path: string, sizes: IndexSizes): { index: CacheIndex; trust: Trust } {
    upgradeIndex(path)
    let index = readIndexSizes(path)?.objects === sizes.objects ? new CacheIndex(path, sizes, true) : undefined // prettier-ignore
    if (index !== undefined && index.records.chunks > 1 && index.records.isEmpty()) {
      index.#mapping.close()
      index = undefined
    }
    if (index === undefined) {
      makeIndex(path, sizes.objects)
      index = new CacheIndex(path, sizes, true)
    }
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
    words[OBJECTS] = objects
    words[STATE] = IN_USE
    this.records.initialize()
    this.#bytes.set(Buffer.from(bootId(), 'latin1'), BOOT_AT)
    words[0] = MAGIC
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

/** Returns the file behind the table of records, which is as long as its chunks. */
function fileOf(path: string, mapping: Mapping, objects: number): TableFile {
  const chunks = (): number => Math.floor((mapping.size() - chunksAt(objects)) / CHUNK_BYTES)
  return { chunks, addChunk: () => extend(path, chunksAt(objects) + chunks() * CHUNK_BYTES) }
}

/**
 * Makes an index longer by a chunk, with its disk space: a write to a mapped page without space
 * kills the process with SIGBUS.
 * @returns false if the disk is full.
 */
function extend(path: string, from: number): boolean {
  try {
    if (process.platform === 'linux') reserveSpace(path, from, CHUNK_BYTES)
    else truncateSync(path, from + CHUNK_BYTES)
    return true
  } catch (error) {
    if (!isDiskFull(error)) throw error
    return false
  }
}

/** Makes a new index, in place of one that others may still read. @throws NO_SPACE. */
function makeIndex(path: string, objects: number): void {
  rmSync(path, { force: true, recursive: true })
  closeSync(openOwn(path, 'create'))
  const length = chunksAt(objects) + CHUNK_BYTES
  if (process.platform === 'linux') reserveSpace(path, 0, length)
  else truncateSync(path, length)
}

/** Reads the sizes of an index file; undefined if it is missing, truncated or another format. */
export function readIndexSizes(path: string): IndexSizes | undefined {
  let fd: number
  try {
    fd = openSync(path, READ_FLAGS)
  } catch (error) {
    // One that cannot be opened is as none: all of the cache may be made again.
    if (systemCode(error) !== undefined) return undefined
    throw error
  }
  try {
    const stat = fstatSync(fd)
    const head = Buffer.alloc(16)
    if (!stat.isFile() || readSync(fd, head, 0, head.length, 0) < head.length) return undefined
    const sizes = { records: head.readUInt32LE(RECORDS * 4), objects: head.readUInt32LE(OBJECTS * 4) } // prettier-ignore
    if (head.readUInt32LE(0) !== MAGIC || sizes.records === 0) return undefined
    if (sizes.records > MAX_SIZES.records || sizes.objects > MAX_SIZES.objects) return undefined
    return stat.size >= chunksAt(sizes.objects) + CHUNK_BYTES ? sizes : undefined
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
