/**
 * Reading the cache, on any thread and in any process: synchronous, without locks, safe beside
 * its writer. What turns out to have changed is STALE to whoever reads: he looks again.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { KitError, systemCode, toKitError } from '../core/errors.js'
import type { BlockRecord } from '../store/ports.js'
import type { Kind } from '../formats/block-kind.js'
import { CacheIndex, Counter } from './index-file.js'
import { ObjectFloat, ObjectState, ObjectWord } from './object-table.js'
import type { Entry } from './record-table.js'
import { CacheLayout } from './layout.js'
import { MemoryTierReader, type MemoryTierMemory } from './memory-tier.js'

const MAX_OPEN = 64

/** A block that the cache has. */
export class CachedRecord implements BlockRecord {
  /** Place and sequence number in the index: what was read is good while they belong together. */
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

interface OpenObject {
  readonly generation: number
  readonly fd: number
}

export class CacheReader {
  readonly layout: CacheLayout
  readonly #index: CacheIndex
  readonly #memory: MemoryTierReader | undefined
  readonly #open = new Map<number, OpenObject>()
  /** Told of every block that was read from its start. */
  readonly #touched: ((record: number) => void) | undefined

  constructor(
    layout: CacheLayout,
    index: CacheIndex,
    memory?: MemoryTierMemory,
    touched?: (record: number) => void
  ) {
    this.layout = layout
    this.#index = index
    this.#memory = memory === undefined ? undefined : new MemoryTierReader(memory)
    this.#touched = touched
  }

  /** The record of a store key; undefined where the cache has no such block. */
  find(key: Uint8Array): CachedRecord | undefined {
    for (let attempt = 0; attempt < 3; attempt++) {
      const record = this.#index.records.find(key)
      if (record === 0) return undefined
      const sequence = this.#index.records.sequence(record)
      if ((sequence & 1) !== 0) continue
      const entry = this.#index.records.read(record)
      // Once more, between the two looks at its number: it may have become another's since.
      if (
        !this.#index.records.isKey(record, key) ||
        this.#index.records.sequence(record) !== sequence
      )
        continue
      const { object, objectGeneration } = entry
      const here =
        this.#index.objects.isLife(object, objectGeneration) &&
        this.#index.objects.word(object, ObjectWord.SUSPECT) === 0
      if (!here && this.#memory?.has(record) !== true) return undefined
      return new CachedRecord(record, sequence, entry, this.#wholeOf(entry))
    }
    return undefined
  }

  /** Ids of whole files are below zero here; a file that is not complete is none. */
  #wholeOf({ whole, wholeGeneration }: Entry): number {
    if (!this.#index.objects.isLife(whole, wholeGeneration)) return 0
    const complete = this.#index.objects.word(whole, ObjectWord.COMPLETE) === 1
    const suspect = this.#index.objects.word(whole, ObjectWord.SUSPECT) !== 0
    return complete && !suspect ? -1 - whole - wholeGeneration * this.#index.objects.capacity : 0
  }

  /** The object of a whole file, and the life of its slot, from the id that a record says. */
  #objectOf(whole: number): { object: number; generation: number } {
    const { capacity } = this.#index.objects
    const number = -1 - whole
    return {
      object: number % capacity,
      generation: Math.floor(number / capacity)
    }
  }

  /** Read up to `length` payload bytes. @throws STALE. */
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
    // Whoever let go of the block said so before its room became another's.
    if (this.#index.records.sequence(cached.record) !== cached.sequence) throw stale()
    return wanted
  }

  /** Which tier a block would be read from. */
  tierOf({ record }: CachedRecord): 'memory' | 'disk' {
    return this.#memory?.has(record) === true ? 'memory' : 'disk'
  }

  #touch(record: number): void {
    this.#index.records.touch(record, Math.floor(Date.now() / 1000))
    this.#touched?.(record)
  }

  /** Read from a whole file. @param whole as a record says it. @throws STALE. */
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

  wholePath(whole: number): string {
    const { object, generation } = this.#objectOf(whole)
    // Looked at once more: who has it opened is not told of a change.
    this.#descriptor(object, generation)
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
        this.#suspect(object)
        throw stale()
      }
      done += n
    }
    if (!this.#index.objects.isLife(object, generation)) throw stale()
    this.#index.objects.addWord(object, ObjectWord.TOUCHES, 1)
    this.#index.objects.setWord(object, ObjectWord.TOUCHED, Math.floor(Date.now() / 1000))
  }

  /** The open file of an object, as its writer left it. @throws STALE. */
  #descriptor(object: number, generation: number): number {
    if (!this.#index.objects.isLife(object, generation)) throw stale()
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
      this.#suspect(object)
      throw stale()
    }
    return fd
  }

  /** Somebody else wrote to it where its size or times are not those on record. */
  #isAsSealed(object: number, fd: number): boolean {
    const { size, mtimeMs, ctimeMs } = fstatSync(fd)
    const index = this.#index
    return (
      size === index.objects.float(object, ObjectFloat.SIZE) &&
      mtimeMs === index.objects.float(object, ObjectFloat.MTIME) &&
      ctimeMs === index.objects.float(object, ObjectFloat.CTIME)
    )
  }

  /** Its writer checks it before it is read again. */
  #suspect(object: number): void {
    this.#index.objects.setWord(object, ObjectWord.SUSPECT, 1)
    this.#index.count(Counter.SUSPICIONS, 1)
  }

  #openObject(object: number, generation: number): number {
    let fd: number
    try {
      fd = openSync(this.layout.object(object, generation), 'r')
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw toKitError(error)
      if (this.#index.objects.word(object, ObjectWord.GENERATION) === generation)
        this.#suspect(object)
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
}
