/**
 * The cache of a home, as its owner writes it: fetched and verified blocks go to disk, and those
 * requested repeatedly to memory as well. Readers have their own view (cache-reader.ts).
 */
import { rmSync } from 'node:fs'
import type { Cid } from '../core/cid.js'
import type { Clock } from '../core/clock.js'
import { isDiskFull, isKitError, systemCode, toKitError } from '../core/errors.js'
import { makeDir } from '../core/fs-durable.js'
import type { BlockRecord } from '../store/ports.js'
import { newRecord } from '../store/record.js'
import { FileBuilds } from './builds.js'
import { CacheReader } from './cache-reader.js'
import { DiskTier } from './disk-tier.js'
import { CacheIndex, Counter, type IndexSizes, type Trust } from './index-file.js'
import { ObjectWord } from './object-table.js'
import { ObjectContents } from './object-contents.js'
import { Inspector, matchesKey } from './inspector.js'
import { CacheLayout } from './layout.js'
import { originHash, type FetchedMeta } from './origin.js'
import { HotBlocks } from './hot-blocks.js'
import type { CacheStats } from './stats.js'
import { quotaFor, type CacheMemory } from './sizes.js'
import { TouchRing } from './touch-ring.js'

export interface CacheOptions {
  /** Bytes on disk, the index included; 0 for none. */
  readonly disk: number
  /** Number of requests after which a block is promoted to memory. */
  readonly minAccessCount: number
  /** Largest block that is kept in memory. */
  readonly maxItem: number
  readonly clock: Clock
  readonly warn: (message: string) => void
}

/** The writer of a cache. Opening it requires the cache's lock. */
export class Cache {
  readonly layout: CacheLayout
  readonly index: CacheIndex
  readonly reader: CacheReader
  readonly #options: CacheOptions
  readonly #disk: DiskTier
  readonly #hot: HotBlocks | undefined
  readonly #touches: TouchRing | undefined
  readonly #contents = new ObjectContents()
  readonly #inspector: Inspector
  /** Files under assembly. */
  readonly builds: FileBuilds
  #evicted = 0
  #evictedBytes = 0
  #closed = false
  #quietUntil = 0

  private constructor(
    layout: CacheLayout,
    index: CacheIndex,
    options: CacheOptions,
    quota: number,
    memory: CacheMemory | undefined
  ) {
    this.layout = layout
    this.index = index
    this.#options = options
    this.#touches = memory === undefined ? undefined : new TouchRing(memory.touches)
    this.reader = new CacheReader(layout, index, memory?.tier, (record) =>
      this.#touches?.add(record)
    )
    if (memory !== undefined)
      this.#hot = new HotBlocks(memory.tier, options.maxItem, (record) => this.#leftMemory(record))
    const disk = new DiskTier({
      layout,
      index,
      quota,
      clock: options.clock,
      onRemove: (object) => this.#dropRecordsOf(object),
      onFailure: (error) =>
        options.warn(`a file of the cache cannot be synced: ${toKitError(error).message}`)
    })
    this.#disk = disk
    this.#inspector = new Inspector({
      index,
      disk,
      recordsOf: (object) => this.#contents.blocksOf(object),
      forget: (record) => this.#forget(record),
      onDisk: (work) => this.#onDisk(work),
      warn: options.warn
    })
    this.builds = new FileBuilds({
      disk,
      isWanted: (root) => this.reader.find(root.key)?.whole === 0,
      place: (key, record, at, from) => this.#write(key, record, at, from),
      completed: (root, object) => this.#complete(root, object),
      diskFailed: (error) => this.#diskFailed(error)
    })
  }

  /** Opens the cache of a home whose cache lock this process holds. */
  static open(home: string, sizes: IndexSizes, options: CacheOptions, memory?: CacheMemory): Cache {
    const layout = new CacheLayout(home)
    makeDir(layout.root)
    const { index, trust } = openIndex(layout, sizes)
    const cache = new Cache(layout, index, options, quotaFor(options.disk), memory)
    cache.#recover(trust)
    // What was kept when there was a disk tier would stay for ever.
    if (options.disk === 0) cache.clear()
    return cache
  }

  /** Recovers the state that the last owner left. Trust decides which files are believed. */
  #recover(trust: Trust): void {
    this.#disk.recover(trust !== 'sealed')
    const { index } = this
    const isThere = (record: number): boolean => {
      const { object, objectGeneration } = index.records.read(record)
      return index.objects.isCurrent(object, objectGeneration)
    }
    // Blocks that were only in memory were lost with their process: their records go.
    index.records.rebuild(isThere)
    for (let record = 1; record < index.records.highWater; record++)
      if (index.records.isUsed(record)) this.#contents.add(record, index.records.read(record))
  }

  /** Number of blocks read from their start since the memory was reserved. */
  get touched(): number {
    return this.#touches?.count ?? 0
  }

  /** Bytes that can be prefetched without evicting one another: an eighth of the larger tier. */
  get roomAhead(): number {
    return Math.floor(Math.max(this.#disk.quota, this.#hot?.capacity ?? 0) / 8)
  }

  // ---- Adding blocks.

  has(key: Uint8Array): boolean {
    return this.reader.find(key) !== undefined
  }

  /** Adds a block whose bytes were verified. A block that finds no room is dropped. */
  put(cid: Cid, block: Uint8Array, meta: FetchedMeta): void {
    if (this.#closed || cid.isIdentity || this.has(cid.key)) return
    // The record needs its room first: bytes without a record cannot be found.
    while (!this.index.records.hasFree)
      if (this.#onDisk(() => this.#disk.removeColdest()) !== true) return
    const place = this.#onDisk(() => this.#disk.append(block))
    const record = newRecord(cid, meta, { length: block.length })
    const at = { object: place?.object ?? -1, offset: place?.offset ?? 0 }
    const id = this.#write(cid.key, record, at, meta.from)
    if (id === 0 || place !== undefined) return
    if (this.#hot?.request(id, block.length, () => block) !== true) this.#forget(id)
  }

  /** Runs disk work and returns undefined if it fails: a full disk must fail no reader. */
  #onDisk<T>(work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      this.#diskFailed(error)
      return undefined
    }
  }

  /** Warns of a disk failure, once a minute at most. @throws any other error. */
  #diskFailed(error: unknown): void {
    if (systemCode(error) === undefined && !isKitError(error)) throw error
    if (this.#options.clock.now() < this.#quietUntil) return
    this.#quietUntil = this.#options.clock.now() + 60_000
    this.#options.warn(`the cache cannot write to its disk: ${(error as Error).message}`)
  }

  /**
   * Writes the record of a block at its new place.
   * @param from the backend that gave it; undefined keeps the origin on record.
   * @returns the id of the record, 0 if the table is full.
   */
  #write(
    key: Uint8Array,
    record: BlockRecord,
    { object, offset }: { readonly object: number; readonly offset: number },
    from: string | undefined
  ): number {
    const known = this.index.records.find(key)
    let origin = from === undefined ? 0 : originHash(from)
    if (known !== 0) {
      if (from === undefined) origin = this.index.records.read(known).origin
      this.#contents.removeBlock(known, this.index.records.read(known))
      // Memory holds the old payload, which may be framed differently from the new one.
      this.#hot?.forget(known)
    }
    const objectGeneration = this.#generationOf(object)
    const place = { object, objectGeneration, offset, whole: -1, wholeGeneration: 0 }
    const id = this.index.records.put(key, { ...record, ...place, origin })
    if (id !== 0) this.#contents.add(id, this.index.records.read(id))
    return id
  }

  #generationOf(object: number): number {
    return object < 0 ? 0 : this.index.objects.word(object, ObjectWord.GENERATION)
  }

  /** A block without an object was in memory only, so its record goes too. */
  #leftMemory(record: number): void {
    const { records } = this.index
    if (records.isUsed(record) && records.read(record).object < 0) this.#forget(record)
  }

  #forget(record: number): void {
    const entry = this.index.records.read(record)
    this.#contents.remove(record, entry)
    this.#hot?.forget(record)
    this.index.records.remove(record)
    this.#evicted++
    this.#evictedBytes += entry.length
  }

  /**
   * Updates the records of an object before its file is removed: blocks that are also in memory
   * keep their record without an object, all others are forgotten.
   */
  #dropRecordsOf(object: number): void {
    const { records } = this.index
    for (const record of this.#contents.blocksOf(object)) {
      if (this.#hot?.has(record) !== true) this.#forget(record)
      else records.put(records.keyOf(record), { ...records.read(record), object: -1 })
    }
    const root = this.#contents.rootOf(object)
    if (root !== undefined) records.put(records.keyOf(root), { ...records.read(root), whole: -1 })
    this.#contents.removeObject(object)
    this.builds.cancel(object)
  }

  /** Marks a whole file complete and records it at its root. */
  #complete(root: Cid, object: number): void {
    const { records, objects } = this.index
    const record = records.find(root.key)
    if (record === 0) return
    objects.setWord(object, ObjectWord.COMPLETE, 1)
    const wholeGeneration = this.#generationOf(object)
    records.put(root.key, { ...records.read(record), whole: object, wholeGeneration })
    this.#contents.setRoot(object, record)
  }

  // ---- Promotion.

  /** Promotes the blocks that readers touched often enough to memory. */
  promoteTouched(): void {
    const ring = this.#touches
    if (this.#closed || ring === undefined) return
    for (const record of ring.take()) {
      if (!this.index.records.isUsed(record)) continue
      const { length } = this.index.records.read(record)
      const { count } = this.index.records.touches(record)
      if (count < this.#options.minAccessCount) continue
      this.#hot?.request(record, length, () => this.#payloadOf(record))
    }
  }

  /** Reads and verifies the payload of a block on disk; undefined if it is damaged, suspect or not there. */
  #payloadOf(record: number): Uint8Array | undefined {
    const entry = this.index.records.read(record)
    const { object, offset, length } = entry
    if (object < 0 || this.index.objects.word(object, ObjectWord.SUSPECT) !== 0) return undefined
    const payload = this.#onDisk(() => this.#disk.read(object, offset, length))
    // Verified here because a copy in memory would hide a foreign write to the file.
    return payload !== undefined && matchesKey(this.index.records.keyOf(record), entry, payload)
      ? payload
      : undefined
  }

  // ---- Inspection of suspect objects.

  /** Verifies every block of the suspect objects. */
  async inspect(): Promise<void> {
    await this.#inspector.checkSuspects()
  }

  /** Verifies the object that holds a block; returns undefined if that object is not suspect. */
  inspectBlock(key: Uint8Array): Promise<void> | undefined {
    return this.#closed ? undefined : this.#inspector.checkObjectOf(key)
  }

  // ---- Reports and removal.

  /** What left it since it was opened. */
  get evicted(): { readonly blocks: number; readonly bytes: number } {
    return { blocks: this.#evicted, bytes: this.#evictedBytes }
  }

  stats(): CacheStats {
    const { index } = this
    return {
      memory: {
        used: this.#hot?.used ?? 0,
        capacity: this.#hot?.capacity ?? 0,
        blocks: this.#hot?.count ?? 0,
        hits: index.counterValue(Counter.MEMORY_HITS),
        bytes: index.counterValue(Counter.MEMORY_KIB) * 1024
      },
      disk: {
        used: this.#disk.used,
        capacity: this.#disk.quota,
        blocks: this.#contents.blockCount,
        hits: index.counterValue(Counter.DISK_HITS),
        bytes: index.counterValue(Counter.DISK_KIB) * 1024
      },
      blocks: index.records.live,
      corrupt: this.#inspector.corrupt,
      evicted: this.#evicted,
      arcTarget: Math.round(this.#hot?.target ?? 0)
    }
  }

  /** Removes a block. @returns whether the cache had it. */
  evict(key: Uint8Array): boolean {
    const record = this.index.records.find(key)
    if (record === 0) return false
    const { object, whole } = this.index.records.read(record)
    this.#forget(record)
    if (whole >= 0) this.#disk.remove(whole)
    // A pack keeps its room until its last block is removed.
    if (object >= 0 && this.#contents.blocksOf(object).size === 0) this.#disk.remove(object)
    return true
  }

  /** Removes all blocks. */
  clear(): void {
    for (const object of this.#disk.objects()) this.#disk.remove(object)
    for (let record = 1; record < this.index.records.highWater; record++)
      if (this.index.records.isUsed(record)) this.#forget(record)
  }

  /** Closes the cache. Later puts are ignored, because the index is unmapped. */
  async close(): Promise<void> {
    this.#closed = true
    this.#inspector.stop()
    this.builds.close()
    try {
      await this.#disk.close()
      this.index.sync()
      this.index.close(true)
    } catch (error) {
      if (systemCode(error) === undefined) throw error
      this.#options.warn(`the cache cannot be closed well: ${toKitError(error).message}`)
    }
    this.reader.close()
  }
}

/** Opens the index. On a full disk, objects that have none give their room: nobody can find them. */
function openIndex(layout: CacheLayout, sizes: IndexSizes): { index: CacheIndex; trust: Trust } {
  try {
    return CacheIndex.openForWriting(layout.index, sizes)
  } catch (error) {
    if (!isDiskFull(error)) throw error
    rmSync(layout.objects, { recursive: true, force: true })
    return CacheIndex.openForWriting(layout.index, sizes)
  }
}
