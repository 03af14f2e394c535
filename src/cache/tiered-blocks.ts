/** The block store and the cache behind it as one source of blocks, for one thread. */
import type { Cid } from '../core/cid.js'
import { isKitError } from '../core/errors.js'
import { framedLength, framePayload } from '../formats/leaf-frame.js'
import type { BlockRecord, BlockSource } from '../store/ports.js'
import { CachedRecord, type CacheReader } from './cache-reader.js'
import { originHash } from './origin.js'

/** Blocks of others on this machine. */
export interface Beside {
  /** A verified block. */
  get(cid: Cid): Uint8Array | undefined
  /** How long the file of a block is, unverified. */
  size(cid: Cid): number | undefined
}

export interface TieredPorts {
  /** The error for a block that neither has. */
  readonly missing: (cid: Cid) => Error
  /** What neither has, but this thread can have at once. */
  readonly beside: Beside | undefined
  /** The names of the backends there are. */
  readonly backends: () => readonly string[]
}

export class TieredBlocks implements BlockSource {
  readonly #store: BlockSource
  readonly #cache: () => CacheReader | undefined
  readonly #ports: TieredPorts

  /** @param cache the cache, as soon as there is one. */
  constructor(store: BlockSource, cache: () => CacheReader | undefined, ports: TieredPorts) {
    this.#store = store
    this.#cache = cache
    this.#ports = ports
  }

  /** For what only the cache can have said: that is proof of it. */
  get #itsCache(): CacheReader {
    return this.#cache()!
  }

  find(key: Uint8Array): BlockRecord | undefined {
    return this.#store.find(key) ?? this.#cache()?.find(key)
  }

  get(cid: Cid): Uint8Array {
    if (cid.isIdentity) return cid.digest
    if (this.#store.find(cid.key) !== undefined) return this.#store.get(cid)
    return this.retrying(() => {
      const record = this.#cache()?.find(cid.key)
      if (record === undefined) return this.#beside(cid)
      const bytes = Buffer.allocUnsafeSlow(record.length)
      this.#itsCache.read(record, 0, bytes, 0, record.length)
      return record.framed ? framePayload(bytes) : bytes
    })
  }

  #beside(cid: Cid): Uint8Array {
    const block = this.#ports.beside?.get(cid)
    if (block === undefined) throw this.missing(cid)
    return block
  }

  sizeBeside(cid: Cid): number | undefined {
    return this.#ports.beside?.size(cid)
  }

  missing(cid: Cid): Error {
    return this.#ports.missing(cid)
  }

  blockLength(record: BlockRecord): number {
    return record.framed ? framedLength(record.length) : record.length
  }

  /** Twice more: of the store and of the cache, each may have changed. */
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
      return this.#itsCache.read(record, position, target, at, length)
    return this.#store.readPayload(record, position, target, at, length)
  }

  tierOf(record: BlockRecord): 'local' | 'memory' | 'disk' {
    return record instanceof CachedRecord ? this.#itsCache.tierOf(record) : 'local'
  }

  /** Who gave a block: the store, or a backend; undefined for one that is no more. */
  originName(record: BlockRecord): string | undefined {
    if (!(record instanceof CachedRecord)) return 'local'
    return this.#ports.backends().find((name) => originHash(name) === record.origin)
  }

  /** Ids of the cache's whole files are below zero. */
  wholePath(id: number): string {
    return id < 0 ? this.#itsCache.wholePath(id) : this.#store.wholePath(id)
  }

  readWhole(id: number, position: number, target: Uint8Array, at: number, length: number): number {
    if (id < 0) return this.#itsCache.readWhole(id, position, target, at, length)
    return this.#store.readWhole(id, position, target, at, length)
  }
}
