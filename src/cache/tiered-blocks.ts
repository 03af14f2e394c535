/** One thread's block source: the block store first, then the cache, then foreign blocks. */
import { unusable, type Cid } from '../core/cid.js'
import { isKitError } from '../core/errors.js'
import { framedLength, framePayload } from '../formats/leaf-frame.js'
import type { BlockRecord, BlockSource } from '../store/ports.js'
import { CachedRecord, type CacheReader } from './cache-reader.js'
import { originHash } from './origin.js'

/** The blocks of other programs' repositories on this machine. */
export interface ForeignBlocks {
  /** Reads and verifies a block. */
  get(cid: Cid): Uint8Array | undefined
  /** Returns the length of a block by the size of its file in the repository, unverified. */
  size(cid: Cid): number | undefined
}

export interface TieredPorts {
  /** Makes the error for a block that is in no tier. */
  readonly missing: (cid: Cid) => Error
  /** Blocks that this thread can read synchronously if neither the store nor the cache has them. */
  readonly foreign: ForeignBlocks | undefined
  /** Returns the names of all configured backends. */
  readonly backends: () => readonly string[]
  /** Closes the cache. */
  readonly close: () => void
}

export class TieredBlocks implements BlockSource {
  /** Closes the cache, where it was opened. */
  readonly close: () => void
  readonly #store: BlockSource
  readonly #cache: () => CacheReader | undefined
  readonly #ports: TieredPorts

  /** @param cache returns the cache once it exists. */
  constructor(store: BlockSource, cache: () => CacheReader | undefined, ports: TieredPorts) {
    this.#store = store
    this.#cache = cache
    this.#ports = ports
    this.close = ports.close
  }

  /** The cache, for records and ids that only it can have issued. */
  get #openedCache(): CacheReader {
    return this.#cache()!
  }

  find(key: Uint8Array): BlockRecord | undefined {
    return this.#store.find(key) ?? this.#cache()?.find(key)
  }

  get(cid: Cid): Uint8Array {
    if (cid.isIdentity) return cid.identityBlock
    if (this.#store.find(cid.key) !== undefined) return this.#store.get(cid)
    return this.retrying(() => {
      const record = this.#cache()?.find(cid.key)
      if (record === undefined) return this.#foreignBlock(cid)
      const bytes = Buffer.allocUnsafeSlow(record.length)
      this.#openedCache.read(record, 0, bytes, 0, record.length)
      return record.framed ? framePayload(bytes) : bytes
    })
  }

  #foreignBlock(cid: Cid): Uint8Array {
    const block = this.#ports.foreign?.get(cid)
    if (block === undefined) throw this.missing(cid)
    return block
  }

  foreignSize(cid: Cid): number | undefined {
    return this.#ports.foreign?.size(cid)
  }

  missing(cid: Cid): Error {
    return cid.flaw === undefined ? this.#ports.missing(cid) : unusable(cid)
  }

  blockLength(record: BlockRecord): number {
    return record.framed ? framedLength(record.length) : record.length
  }

  /** Retries a STALE read here and in the store's own retry: store and cache change separately. */
  retrying<T>(read: () => T): T {
    return this.#store.retrying(() => {
      try {
        return read()
      } catch (error) {
        if (!isKitError(error, 'STALE')) throw error
        return read()
      }
    })
  }

  readPayload(
    record: BlockRecord,
    position: number,
    target: Uint8Array,
    at: number,
    length: number
  ): number {
    if (record instanceof CachedRecord)
      return this.#openedCache.read(record, position, target, at, length)
    return this.#store.readPayload(record, position, target, at, length)
  }

  tierOf(record: BlockRecord): 'local' | 'memory' | 'disk' {
    return record instanceof CachedRecord ? this.#openedCache.tierOf(record) : 'local'
  }

  /** Returns 'local' or the name of the backend that gave a block; undefined if that was removed. */
  originName(record: BlockRecord): string | undefined {
    if (!(record instanceof CachedRecord)) return 'local'
    return this.#ports.backends().find((name) => originHash(name) === record.origin)
  }

  verifiedAt(record: BlockRecord): number | 'read' | undefined {
    if (record instanceof CachedRecord) return this.#openedCache.verifiedAt(record)
    return this.#store.verifiedAt(record)
  }

  usedAt(record: BlockRecord): number | undefined {
    return record instanceof CachedRecord ? this.#openedCache.usedAt(record) : undefined
  }

  /** The cache's ids are negative; a whole file of its that was changed is STALE when it is read. */
  hasWhole(id: number): boolean {
    return id < 0 || this.#store.hasWhole(id)
  }

  wholePath(id: number): string | undefined {
    return id < 0 ? this.#openedCache.wholePath(id) : this.#store.wholePath(id)
  }

  readWhole(id: number, position: number, target: Uint8Array, at: number, length: number): number {
    if (id < 0) return this.#openedCache.readWhole(id, position, target, at, length)
    return this.#store.readWhole(id, position, target, at, length)
  }
}
