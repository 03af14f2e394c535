/**
 * Fetches blocks: once for all callers that want the same one, verified, and kept in the cache. The
 * bytes in flight have a budget.
 */
import { facetOf } from '../../backends/facets/facets.js'
import type { Metered } from '../../backends/wrap/metered.js'
import type { Clock } from '../core/clock.js'
import { verifyBlock, type Cid } from '../core/cid.js'
import { bufferOf } from '../core/bytes.js'
import { isKitError, KitError } from '../core/errors.js'
import { giveBackWhole } from '../core/piece-memory.js'
import { Semaphore } from '../core/semaphore.js'
import { SingleFlight } from '../core/single-flight.js'
import type { FetchedMeta } from '../cache/origin.js'
import type { BlockMeta } from '../formats/block-kind.js'
import type { HandedBlock } from './block-handover-ring.js'
import { ExactReader } from '../core/exact-reader.js'
import type { FetchTools } from './fetch-tools.js'
import type { BackendPool } from './backend-pool.js'

/** Returns a CID's bytes as a key, which costs less than its text. */
const keyOf = (cid: Cid): string => bufferOf(cid.bytes).toString('latin1')

/** Bytes that a block takes of the budget until its size is known. */
const ASSUMED_BLOCK_BYTES = 1 << 20
/** How long a block that no backend has is not asked for again. */
const ABSENT_MS = 1000
const MAX_ABSENT = 4096

/** Keeps a verified block. Once it resolves, the block can be read here, and its memory is used again. */
export type Keep = (block: Uint8Array, meta: FetchedMeta) => void | Promise<void>

/** A raw block, with the size that its parent names. */
export interface RawBlock {
  readonly cid: Cid
  readonly size: number
}

/** Tells the waiters of one block whether a batch brought it. Only the first call counts. */
class BlockOutcome {
  resolve!: (here: boolean) => void
  readonly promise = new Promise<boolean>((resolve) => (this.resolve = resolve))
}

/** A block that no backend has. */
interface Absent {
  /** When it may be asked for again, by the clock's elapsed milliseconds. */
  readonly until: number
  readonly error: KitError
}

export interface FetchPorts {
  readonly pool: BackendPool
  /** Returns whether a block is in the store or in the cache. */
  readonly has: (cid: Cid) => boolean
  readonly describe: (codec: number, block: Uint8Array) => BlockMeta
  /** Puts a verified block into the cache. */
  readonly keep: (cid: Cid, block: Uint8Array, meta: FetchedMeta) => void
  /** Checks a block that readers found changed in the cache, before it is fetched again. */
  readonly inspect: (cid: Cid) => Promise<void> | undefined
}

export class Fetcher {
  #pool: BackendPool
  readonly #ports: FetchPorts
  readonly #clock: Clock
  readonly #flights = new SingleFlight<void>()
  readonly #budget: Semaphore
  readonly #absent = new Map<string, Absent>()
  #fetched = 0
  #bytes = 0

  /** @param inFlight bytes of blocks that may be in flight at a time. */
  constructor(ports: FetchPorts, inFlight: number, { clock }: Pick<FetchTools, 'clock'>) {
    this.#clock = clock
    this.#pool = ports.pool
    this.#ports = ports
    this.#budget = new Semaphore(inFlight)
  }

  get pool(): BackendPool {
    return this.#pool
  }

  /** Replaces the backends, and forgets which blocks the former ones lacked. */
  replacePool(pool: BackendPool): void {
    this.#pool = pool
    this.#absent.clear()
  }

  /** What was fetched so far. */
  get fetched(): { readonly blocks: number; readonly bytes: number } {
    return { blocks: this.#fetched, bytes: this.#bytes }
  }

  get stats() {
    return {
      fetched: this.#fetched,
      bytes: this.#bytes,
      inFlight: this.#flights.size,
      queued: this.#budget.queued
    }
  }

  /** Returns whether no backend had a block a moment ago. */
  isAbsent(cid: Cid): boolean {
    return this.#absentSince(cid) !== undefined
  }

  #absentSince(cid: Cid): Absent | undefined {
    const absent = this.#absent.get(keyOf(cid))
    return absent !== undefined && this.#clock.elapsed() < absent.until ? absent : undefined
  }

  /**
   * Fetches a block unless it is here.
   * @param keep takes the block instead of the cache.
   * @throws BLOCK_NOT_FOUND, and what the pool throws.
   */
  async need(cid: Cid, signal: AbortSignal, keep?: Keep): Promise<void> {
    if (this.#ports.has(cid)) return
    const check = this.#ports.inspect(cid)
    if (check !== undefined) {
      await check
      if (this.#ports.has(cid)) return
    }
    const absent = this.#absentSince(cid)
    if (absent !== undefined) throw absent.error
    await this.#flights.run(keyOf(cid), signal, (signal) =>
      this.#budget.run(ASSUMED_BLOCK_BYTES, () => this.#fetch(cid, signal, keep), signal)
    )
  }

  /**
   * Fetches several raw blocks in this order, by one request where a backend has the facet for it.
   * Single requests for one of them meanwhile wait for this one.
   * @throws what the first of the blocks that fail throws.
   */
  async needMany(wanted: readonly RawBlock[], signal: AbortSignal): Promise<void> {
    const missing = wanted.filter(
      ({ cid }) => !this.#ports.has(cid) && !this.#flights.has(keyOf(cid))
    )
    const backend = this.pool.capable('fileBatches')
    const coming = missing.map((block) => ({ ...block, outcome: new BlockOutcome() }))
    const flights = coming.map(({ cid, outcome }) => {
      const flight = outcome.promise.then(async (here) => {
        if (!here)
          await this.#budget.run(ASSUMED_BLOCK_BYTES, () => this.#fetch(cid, signal), signal)
      })
      this.#flights.adopt(keyOf(cid), flight)
      return flight
    })
    // This must stand before any await: a rejected flight without a listener would end the process.
    const settled = Promise.allSettled(flights)
    if (backend !== undefined && coming.length > 0) await this.#takeBatch(backend, coming, signal)
    else for (const { outcome } of coming) outcome.resolve(false)
    const outcomes = await settled
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  /**
   * Cuts one answer into blocks. From the first that does not fit on, blocks are asked for one by
   * one.
   */
  async #takeBatch(
    backend: Metered,
    coming: readonly (RawBlock & { readonly outcome: BlockOutcome })[],
    signal: AbortSignal
  ): Promise<void> {
    const cids = coming.map(({ cid }) => cid)
    const pieces = new ExactReader(facetOf(backend, 'fileBatches').readFiles(cids, { signal }))
    try {
      for (const { cid, size, outcome } of coming) {
        const block = await pieces.take(size)
        verifyBlock(cid, block)
        this.keep(cid, block, backend.name)
        outcome.resolve(true)
      }
    } catch (error) {
      // The single request for each block that is left reports the error.
      if (!isKitError(error)) throw error
    } finally {
      for (const { outcome } of coming) outcome.resolve(false)
      await pieces.close()
    }
  }

  async #fetch(
    cid: Cid,
    signal: AbortSignal,
    keep: Keep = (block, meta) => this.#ports.keep(cid, block, meta)
  ): Promise<void> {
    try {
      const { block, backend } = await this.pool.getBlock(cid, signal)
      this.countFetched(block.length)
      await keep(block, { ...this.#ports.describe(cid.codec, block), from: backend })
      giveBackWhole(block)
    } catch (error) {
      if (isKitError(error, 'BLOCK_NOT_FOUND')) this.#rememberAbsent(keyOf(cid), error)
      throw error
    }
  }

  /** Keeps a verified block that another thread read from a backend's folder. */
  takeHanded({ cid, block, backend }: HandedBlock): void {
    // Several threads may have read it at the same time.
    if (this.#ports.has(cid)) return
    this.#pool.named(backend)?.countFolderRead(block.length)
    this.keep(cid, block, backend)
  }

  /** Returns whether a block is in the store or in the cache. */
  has(cid: Cid): boolean {
    return this.#ports.has(cid)
  }

  /** Keeps a verified block that came with others, or from elsewhere on this machine. */
  keep(cid: Cid, block: Uint8Array, backend: string): void {
    this.countFetched(block.length)
    this.#ports.keep(cid, block, { ...this.#ports.describe(cid.codec, block), from: backend })
  }

  /** Counts a block that came another way than by `need`. */
  countFetched(bytes: number): void {
    this.#fetched++
    this.#bytes += bytes
  }

  #rememberAbsent(key: string, error: KitError): void {
    if (this.#absent.size >= MAX_ABSENT) this.#absent.clear()
    this.#absent.set(key, { until: this.#clock.elapsed() + ABSENT_MS, error })
  }
}
