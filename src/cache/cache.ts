/**
 * The cache of a home, for its owner: what was fetched and verified is kept on disk, and in
 * memory as well when it is asked for again. Readers have their own view (cache-reader.ts).
 */
import type { Cid } from '../core/cid.js'
import { isKitError, systemCode } from '../core/errors.js'
import { makeDir } from '../core/fs-durable.js'
import type { BlockRecord } from '../store/ports.js'
import { newRecord } from '../store/record.js'
import { Arc } from './arc.js'
import { FileBuilds } from './builds.js'
import { CacheReader } from './cache-reader.js'
import { DiskTier } from './disk-tier.js'
import { CacheIndex, Counter, indexBytes, type IndexSizes } from './index-file.js'
import { ObjectWord } from './object-table.js'
import type { Entry } from './record-table.js'
import { Inspector, isGood } from './inspector.js'
import { CacheLayout } from './layout.js'
import { originHash, type FetchedMeta } from './origin.js'
import { MemoryTier, roomOf } from './memory-tier.js'
import type { CacheMemory } from './room.js'
import { TouchRing } from './touch-ring.js'

export interface CacheOptions {
  /** Bytes on disk, the index among them; 0 for none. */
  readonly disk: number
  /** What is asked for this often is kept in memory. */
  readonly minAccessCount: number
  /** Largest block that is kept in memory. */
  readonly maxItem: number
  readonly warn: (message: string) => void
}

export interface CacheStats {
  readonly memory: TierStats
  readonly disk: TierStats
  readonly blocks: number
  /** Blocks that turned out to be damaged, and were let go of. */
  readonly corrupt: number
  readonly evicted: number
  /** The share of memory, in bytes, that blocks used once may have now. */
  readonly arcTarget: number
}

export interface TierStats {
  readonly used: number
  readonly capacity: number
  readonly blocks: number
  readonly hits: number
  readonly bytes: number
}

const NO_RECORDS: ReadonlySet<number> = new Set()

export class Cache {
  readonly layout: CacheLayout
  readonly index: CacheIndex
  readonly reader: CacheReader
  readonly #options: CacheOptions
  readonly #disk: DiskTier | undefined
  readonly #memory: MemoryTier | undefined
  readonly #arc: Arc<number> | undefined
  readonly #touches: TouchRing | undefined
  /** Records by the object they lie in. */
  readonly #blocksOf = new Map<number, Set<number>>()
  /** Records of the roots of whole files, by the object. */
  readonly #rootOf = new Map<number, number>()
  readonly #inspector: Inspector | undefined
  /** Files that are being put together; undefined where there is no disk tier. */
  readonly builds: FileBuilds | undefined
  #evicted = 0
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
    if (memory !== undefined) {
      const tier = new MemoryTier(memory.tier)
      this.#memory = tier
      this.#arc = new Arc(tier.capacity, (record) => this.#leftMemory(record))
    }
    if (quota === 0) return
    const disk = new DiskTier(layout, index, quota, (object) => this.#gone(object))
    this.#disk = disk
    this.#inspector = new Inspector({
      index,
      disk,
      recordsOf: (object) => this.#blocksOf.get(object) ?? NO_RECORDS,
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

  /** Open the cache of a home that is ours. */
  static open(home: string, sizes: IndexSizes, options: CacheOptions, memory?: CacheMemory): Cache {
    const layout = new CacheLayout(home)
    makeDir(layout.root)
    const { index, trust } = CacheIndex.openForWriting(layout.index, sizes)
    const quota = options.disk === 0 ? 0 : Math.max(0, options.disk - indexBytes(sizes))
    const cache = new Cache(layout, index, options, quota, memory)
    cache.#takeUp(trust)
    return cache
  }

  #takeUp(trust: 'all' | 'this boot' | 'sealed'): void {
    this.#disk?.takeUp(trust !== 'sealed')
    const { index } = this
    const isThere = (record: number): boolean => {
      const { object, objectGeneration } = index.records.read(record)
      return this.#disk !== undefined && index.objects.isLife(object, objectGeneration)
    }
    // What was in memory alone is gone with the process that had it.
    index.records.rebuild(isThere)
    for (let record = 1; record < index.records.highWater; record++)
      if (index.records.isUsed(record)) this.#note(record, index.records.read(record))
  }

  #note(record: number, { object, whole }: Entry): void {
    if (object >= 0) {
      const blocks = this.#blocksOf.get(object) ?? new Set()
      this.#blocksOf.set(object, blocks.add(record))
    }
    if (whole >= 0) this.#rootOf.set(whole, record)
  }

  /** How many blocks readers have read from their start; no number that is ever looked back at. */
  get touched(): number {
    return this.#touches?.count ?? 0
  }

  /** Bytes that can be fetched ahead of their reader without pushing each other out. */
  get roomAhead(): number {
    return Math.floor(Math.max(this.#disk?.quota ?? 0, this.#arc?.capacity ?? 0) / 8)
  }

  // ---- Taking in.

  has(key: Uint8Array): boolean {
    return this.reader.find(key) !== undefined
  }

  /** Keep a block whose bytes were verified. Where there is no room for it, it is not kept. */
  put(cid: Cid, block: Uint8Array, meta: FetchedMeta): void {
    if (this.#closed || cid.isIdentity || this.has(cid.key)) return
    // Room for its record first: bytes that no record knows are of no use.
    while (!this.index.records.hasFree)
      if (this.#onDisk(() => this.#disk?.removeColdest()) !== true) return
    const place = this.#onDisk(() => this.#disk?.append(block))
    const record = newRecord(cid, meta, { length: block.length })
    const at = { object: place?.object ?? -1, offset: place?.offset ?? 0 }
    const id = this.#write(cid.key, record, at, meta.from)
    if (id !== 0 && place === undefined && !this.#intoMemory(id, block)) this.#forget(id)
  }

  /** A disk that is full or read only costs the cache its use, and no reader his bytes. */
  #onDisk<T>(work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      this.#diskFailed(error)
      return undefined
    }
  }

  /** Said once a minute at most. @throws what is no failure of the disk. */
  #diskFailed(error: unknown): void {
    if (systemCode(error) === undefined && !isKitError(error)) throw error
    if (Date.now() < this.#quietUntil) return
    this.#quietUntil = Date.now() + 60_000
    this.#options.warn(`the cache cannot write to its disk: ${(error as Error).message}`)
  }

  /** @param from what is undefined stays as it is known. */
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
      this.#leaveObject(known)
      // What memory has is the block as it lay before: with its frame, perhaps, or without.
      this.#memory?.remove(known)
      this.#arc?.forget(known)
    }
    const objectGeneration = this.#lifeOf(object)
    const place = { object, objectGeneration, offset, whole: -1, wholeGeneration: 0 }
    const id = this.index.records.put(key, { ...record, ...place, origin })
    if (id !== 0) this.#note(id, this.index.records.read(id))
    return id
  }

  #lifeOf(object: number): number {
    return object < 0 ? 0 : this.index.objects.word(object, ObjectWord.GENERATION)
  }

  #leaveObject(record: number): void {
    const { object } = this.index.records.read(record)
    this.#blocksOf.get(object)?.delete(record)
  }

  #intoMemory(record: number, block: Uint8Array): boolean {
    if (this.#memory === undefined || this.#arc === undefined) return false
    if (block.length > this.#options.maxItem) return false
    if (this.#arc.request(record, roomOf(block.length))) return true
    if (!this.#arc.has(record)) return false
    this.#memory.put(record, block)
    return true
  }

  #leftMemory(record: number): void {
    this.#memory?.remove(record)
    // What is nowhere else is nowhere.
    if (this.index.records.isUsed(record) && this.index.records.read(record).object < 0)
      this.#forget(record)
  }

  #forget(record: number): void {
    this.#leaveObject(record)
    const { whole } = this.index.records.read(record)
    if (whole >= 0) this.#rootOf.delete(whole)
    this.#memory?.remove(record)
    this.#arc?.forget(record)
    this.index.records.remove(record)
    this.#evicted++
  }

  /** An object goes: what lies in it is in memory or nowhere. */
  #gone(object: number): void {
    for (const record of this.#blocksOf.get(object) ?? []) {
      if (this.#memory?.has(record) !== true) this.#forget(record)
      else {
        const entry = this.index.records.read(record)
        this.index.records.put(this.index.records.keyOf(record), { ...entry, object: -1 })
      }
    }
    this.#blocksOf.delete(object)
    const root = this.#rootOf.get(object)
    if (root !== undefined) {
      this.#rootOf.delete(object)
      const entry = this.index.records.read(root)
      this.index.records.put(this.index.records.keyOf(root), { ...entry, whole: -1 })
    }
    this.builds?.gone(object)
  }

  #complete(root: Cid, object: number): void {
    const { records, objects } = this.index
    const record = records.find(root.key)
    if (record === 0) return
    objects.setWord(object, ObjectWord.COMPLETE, 1)
    const wholeGeneration = this.#lifeOf(object)
    records.put(root.key, { ...records.read(record), whole: object, wholeGeneration })
    this.#rootOf.set(object, record)
  }

  // ---- What readers tell.

  /** Take up what readers touched: what is wanted often enough comes to memory. */
  promoteTouched(): void {
    const ring = this.#touches
    if (this.#closed || ring === undefined || this.#arc === undefined) return
    for (const record of ring.take()) {
      if (!this.index.records.isUsed(record)) continue
      const { length, object } = this.index.records.read(record)
      const { count } = this.index.records.touches(record)
      if (count < this.#options.minAccessCount || length > this.#options.maxItem) continue
      if (this.#arc.request(record, roomOf(length)) || !this.#arc.has(record)) continue
      const bytes = object < 0 ? undefined : this.#payloadOf(record)
      if (bytes === undefined) this.#arc.forget(record)
      else this.#memory!.put(record, bytes)
    }
  }

  #payloadOf(record: number): Uint8Array | undefined {
    const entry = this.index.records.read(record)
    const { object, offset, length } = entry
    if (this.index.objects.word(object, ObjectWord.SUSPECT) !== 0) return undefined
    const payload = this.#onDisk(() => this.#disk?.read(object, offset, length))
    // Hashed: in memory nobody would see any more that somebody else wrote to the file.
    return payload !== undefined && isGood(this.index.records.keyOf(record), entry, payload)
      ? payload
      : undefined
  }

  // ---- What turned out to be changed.

  /** Check every block of the objects that somebody else wrote to. */
  async inspect(): Promise<void> {
    await this.#inspector?.all()
  }

  /** The check of what a block lies in; undefined where there is nothing to check. */
  inspectBlock(key: Uint8Array): Promise<void> | undefined {
    return this.#closed ? undefined : this.#inspector?.block(key)
  }

  // ---- For people.

  stats(): CacheStats {
    const { index } = this
    return {
      memory: {
        used: this.#arc?.weight ?? 0,
        capacity: this.#arc?.capacity ?? 0,
        blocks: this.#arc?.count ?? 0,
        hits: index.counted(Counter.MEMORY_HITS),
        bytes: index.counted(Counter.MEMORY_KIB) * 1024
      },
      disk: {
        used: this.#disk?.used ?? 0,
        capacity: this.#disk?.quota ?? 0,
        blocks: [...this.#blocksOf.values()].reduce((sum, { size }) => sum + size, 0),
        hits: index.counted(Counter.DISK_HITS),
        bytes: index.counted(Counter.DISK_KIB) * 1024
      },
      blocks: index.records.live,
      corrupt: this.#inspector?.corrupt ?? 0,
      evicted: this.#evicted,
      arcTarget: Math.round(this.#arc?.target ?? 0)
    }
  }

  /** Let go of a block. @returns whether it was here. */
  evict(key: Uint8Array): boolean {
    const record = this.index.records.find(key)
    if (record === 0) return false
    const { object, whole } = this.index.records.read(record)
    this.#forget(record)
    if (whole >= 0) this.#disk?.remove(whole)
    // Its room comes back with the rest of its pack, unless it was the last one there.
    if (object >= 0 && this.#blocksOf.get(object)?.size === 0) this.#disk?.remove(object)
    return true
  }

  /** Let go of everything. */
  clear(): void {
    for (const object of this.#disk?.objects() ?? []) this.#disk!.remove(object)
    for (let record = 1; record < this.index.records.highWater; record++)
      if (this.index.records.isUsed(record)) this.#forget(record)
  }

  /** What is fetched from now on is not kept: the index is no memory of ours any more. */
  async close(): Promise<void> {
    this.#closed = true
    this.#inspector?.stop()
    this.builds?.close()
    try {
      await this.#disk?.close()
      this.index.sync()
      this.index.close(true)
    } catch (error) {
      if (systemCode(error) === undefined) throw error
      this.#options.warn(`the cache cannot be closed well: ${String(error)}`)
    }
    this.reader.close()
  }
}
