/**
 * Synchronous, lock-free reading of the cache on any thread and in any process, safe while its
 * writer changes it. A read that overlapped a change throws STALE, and the caller retries.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { KitError, systemCode } from '../core/errors.js'
import { READ_FLAGS } from '../core/read-file.js'
import type { BlockRecord } from '../store/ports.js'
import type { Kind } from '../formats/block-kind.js'
import { CacheIndex, Counter } from './index-file.js'
import { ObjectFloat, ObjectState, ObjectWord } from './object-table.js'
import type { Entry } from './record-entry.js'
import { CacheLayout } from './layout.js'
import { MemoryTierReader, type MemoryTierMemory } from './memory-tier.js'

const MAX_OPEN = 64

/** The record of a cached block, as it was when it was found. */
export class CachedRecord implements BlockRecord {
  /** Id in the index and its sequence number: bytes read are valid while the number is unchanged. */
  readonly record: number
  readonly sequence: number
  readonly object: number
  readonly objectGeneration: number
  readonly source = 0
  readonly inFile = false
  readonly framed: boolean
  readonly offset: number
  readonly length: number
  readonly kind: Kind
  readonly size: number
  readonly whole: number
  readonly mode: number | undefined
  readonly mtimeSec: number | undefined
  readonly mtimeNsec: number
  readonly codec: number
  readonly hashCode: number
  readonly origin: number

  constructor(record: number, sequence: number, entry: Entry, whole: number) {
    this.record = record
    this.sequence = sequence
    this.object = entry.object
    this.objectGeneration = entry.objectGeneration
    this.framed = entry.framed
    this.offset = entry.offset
    this.length = entry.length
    this.kind = entry.kind as Kind
    this.size = entry.size
    this.whole = whole
    this.mode = entry.mode
    this.mtimeSec = entry.mtimeSec
    this.mtimeNsec = entry.mtimeNsec
    this.codec = entry.codec
    this.hashCode = entry.hashCode
    this.origin = entry.origin
  }
}

const stale = (): KitError => new KitError('STALE', 'the cache changed while it was read')

/** Hears of every block that is read from its start. */
export type Uses = (record: number) => void

interface OpenObject {
  readonly generation: number
  readonly fd: number
}

/** One thread's view of the cache. */
export class CacheReader {
  readonly layout: CacheLayout
  readonly #index: CacheIndex
  readonly #memory: MemoryTierReader | undefined
  readonly #open = new Map<number, OpenObject>()
  /** Value of the counter when the descriptors were looked through last. */
  #removals = 0
  readonly #uses: Uses | undefined

  /** @param uses without it, reading counts as no use of what is read. */
  constructor(layout: CacheLayout, index: CacheIndex, memory?: MemoryTierMemory, uses?: Uses) {
    this.layout = layout
    this.#index = index
    this.#memory = memory === undefined ? undefined : new MemoryTierReader(memory)
    this.#uses = uses
  }

  /** Returns the record of a store key; undefined if the cache lacks the block. */
  find(key: Uint8Array): CachedRecord | undefined {
    this.#closeRemoved()
    for (let attempt = 0; attempt < 3; attempt++) {
      const record = this.#index.records.find(key)
      if (record === 0) return undefined
      const sequence = this.#index.records.sequence(record)
      if ((sequence & 1) !== 0) continue
      const entry = this.#index.records.read(record)
      // The slot may have been given to another key since find: the key is compared again
      // between two reads of the sequence number.
      if (
        !this.#index.records.isKey(record, key) ||
        this.#index.records.sequence(record) !== sequence
      )
        continue
      const { object, objectGeneration } = entry
      const here =
        this.#index.objects.isCurrent(object, objectGeneration) &&
        this.#index.objects.word(object, ObjectWord.SUSPECT) === 0
      if (!here && this.#memory?.has(record) !== true) return undefined
      return new CachedRecord(record, sequence, entry, this.#wholeOf(entry))
    }
    return undefined
  }

  /** Returns whether a block would be found if its object were verified: it changed, as when copied. */
  isSuspect(key: Uint8Array): boolean {
    const record = this.#index.records.find(key)
    if (record === 0) return false
    const { object, objectGeneration } = this.#index.records.read(record)
    return (
      this.#index.objects.isCurrent(object, objectGeneration) &&
      this.#index.objects.word(object, ObjectWord.SUSPECT) !== 0
    )
  }

  /** Closes the descriptors of objects that were removed: the disk frees their room only then. */
  #closeRemoved(): void {
    const removals = this.#index.counterValue(Counter.REMOVALS)
    if (removals === this.#removals) return
    this.#removals = removals
    for (const [object, { generation, fd }] of this.#open) {
      if (this.#index.objects.isCurrent(object, generation)) continue
      closeSync(fd)
      this.#open.delete(object)
    }
  }

  /**
   * Returns the id of the whole file of a root, 0 if it is not complete. Ids of the cache are
   * negative, those of the store positive; they include the generation, so that a slot used again
   * has another id.
   */
  #wholeOf({ whole, wholeGeneration }: Entry): number {
    if (!this.#index.objects.isCurrent(whole, wholeGeneration)) return 0
    const complete = this.#index.objects.word(whole, ObjectWord.COMPLETE) === 1
    const suspect = this.#index.objects.word(whole, ObjectWord.SUSPECT) !== 0
    return complete && !suspect ? -1 - whole - wholeGeneration * this.#index.objects.capacity : 0
  }

  /** Returns the object and generation that the id of a whole file stands for. */
  #objectOf(whole: number): { object: number; generation: number } {
    const { capacity } = this.#index.objects
    const number = -1 - whole
    return {
      object: number % capacity,
      generation: Math.floor(number / capacity)
    }
  }

  /** Reads up to `length` payload bytes, from memory if they are there. @throws STALE. */
  read(
    cached: CachedRecord,
    position: number,
    target: Uint8Array,
    at: number,
    length: number
  ): number {
    const wanted = Math.min(length, cached.length - position)
    if (wanted <= 0) return 0
    if (position === 0) this.#touch(cached.record)
    const inMemory = this.#memory?.copy(cached.record, position, target, at, wanted) === true
    if (!inMemory) {
      if (cached.object < 0) throw stale()
      const { object, objectGeneration } = cached
      this.#readObject(object, objectGeneration, cached.offset + position, target, at, wanted)
    }
    if (position === 0) this.#index.count(inMemory ? Counter.MEMORY_HITS : Counter.DISK_HITS, 1)
    this.#index.count(inMemory ? Counter.MEMORY_KIB : Counter.DISK_KIB, (wanted + 1023) >> 10)
    // The writer changes the number before it reuses the room: an equal number proves the bytes.
    if (this.#index.records.sequence(cached.record) !== cached.sequence) throw stale()
    return wanted
  }

  /** Returns the tier that a block would be read from. */
  tierOf({ record }: CachedRecord): 'memory' | 'disk' {
    return this.#memory?.has(record) === true ? 'memory' : 'disk'
  }

  /** Returns when the object of a block was begun: what is put into it is verified on its way. */
  verifiedAt({ object }: CachedRecord): number | undefined {
    return object < 0 ? undefined : this.#index.objects.float(object, ObjectFloat.CREATED) * 1000
  }

  /**
   * Returns when a block, or the whole file whose root it is, was used last, ms since 1970; undefined
   * where it was not since it came.
   */
  usedAt({ record, whole }: CachedRecord): number | undefined {
    const uses = [this.#index.records.touches(record)]
    if (whole !== 0) {
      const { object } = this.#objectOf(whole)
      const { objects } = this.#index
      const count = objects.word(object, ObjectWord.TOUCHES)
      uses.push({ count, second: objects.word(object, ObjectWord.TOUCHED) })
    }
    const seconds = uses.flatMap(({ count, second }) => (count === 0 ? [] : second))
    return seconds.length === 0 ? undefined : Math.max(...seconds) * 1000
  }

  #touch(record: number): void {
    if (this.#uses === undefined) return
    this.#index.records.touch(record, Math.floor(Date.now() / 1000))
    this.#uses(record)
  }

  #touchObject(object: number): void {
    if (this.#uses === undefined) return
    this.#index.objects.addWord(object, ObjectWord.TOUCHES, 1)
    this.#index.objects.setWord(object, ObjectWord.TOUCHED, Math.floor(Date.now() / 1000))
  }

  /** Reads from a whole file. @param whole the id that its record holds. @throws STALE. */
  readWhole(
    whole: number,
    position: number,
    target: Uint8Array,
    at: number,
    length: number
  ): number {
    const { object, generation } = this.#objectOf(whole)
    this.#readObject(object, generation, position, target, at, length)
    if (this.#index.objects.word(object, ObjectWord.COMPLETE) !== 1) throw stale()
    return length
  }

  /** Returns the path of a whole file. @throws STALE. */
  wholePath(whole: number): string {
    const { object, generation } = this.#objectOf(whole)
    // Checks the seal now: a caller that has opened the file learns of no later change.
    this.#descriptor(object, generation)
    // What the kernel reads by itself is not heard of: opening the file is its use.
    this.#touchObject(object)
    return this.layout.object(object, generation)
  }

  #readObject(
    object: number,
    generation: number,
    position: number,
    target: Uint8Array,
    at: number,
    length: number
  ): void {
    const fd = this.#descriptor(object, generation)
    for (let done = 0; done < length;) {
      const n = readSync(fd, target, at + done, length - done, position + done)
      if (n === 0) {
        this.#suspect(object, generation)
        throw stale()
      }
      done += n
    }
    if (!this.#index.objects.isCurrent(object, generation)) throw stale()
    this.#touchObject(object)
  }

  /** Returns a descriptor of an object that is unchanged since its seal. @throws STALE. */
  #descriptor(object: number, generation: number): number {
    if (!this.#index.objects.isCurrent(object, generation)) throw stale()
    let known = this.#open.get(object)
    if (known !== undefined && known.generation !== generation) {
      closeSync(known.fd)
      this.#open.delete(object)
      known = undefined
    }
    const fd = known?.fd ?? this.#openObject(object, generation)
    if (
      this.#index.objects.word(object, ObjectWord.STATE) === ObjectState.SEALED &&
      !this.#isAsSealed(object, fd)
    ) {
      this.#suspect(object, generation)
      throw stale()
    }
    return fd
  }

  /** Returns whether size and times are those recorded at the seal; others mean a foreign write. */
  #isAsSealed(object: number, fd: number): boolean {
    const { size, mtimeMs, ctimeMs } = fstatSync(fd)
    const index = this.#index
    return (
      size === index.objects.float(object, ObjectFloat.SIZE) &&
      mtimeMs === index.objects.float(object, ObjectFloat.MTIME) &&
      ctimeMs === index.objects.float(object, ObjectFloat.CTIME)
    )
  }

  /**
   * Marks an object for inspection: it is not read again before the writer has checked it. One that was
   * removed meanwhile has left its slot to another, which is none the worse.
   */
  #suspect(object: number, generation: number): void {
    if (!this.#index.objects.isCurrent(object, generation)) return
    this.#index.objects.setWord(object, ObjectWord.SUSPECT, 1)
    this.#index.count(Counter.SUSPICIONS, 1)
  }

  /** Opens an object, closing the oldest descriptor at the limit. @throws STALE if it is gone. */
  #openObject(object: number, generation: number): number {
    let fd: number
    try {
      fd = openSync(this.layout.object(object, generation), READ_FLAGS)
    } catch (error) {
      // One that cannot be opened is as one that is gone: it is fetched again.
      if (systemCode(error) === undefined) throw error
      this.#suspect(object, generation)
      throw stale()
    }
    if (this.#open.size >= MAX_OPEN) {
      const [oldest] = this.#open
      closeSync(oldest![1].fd)
      this.#open.delete(oldest![0])
    }
    this.#open.set(object, { generation, fd })
    return fd
  }

  close(): void {
    for (const { fd } of this.#open.values()) closeSync(fd)
    this.#open.clear()
  }

  /** Closes the index too, for a reader that is its only user. Nothing may be read afterwards. */
  closeAll(): void {
    this.close()
    this.#index.close(false)
  }
}
