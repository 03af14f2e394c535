/**
 * Blocks that are not here yet: fetched once however many want them, verified, kept in the
 * cache. What is in flight has a budget.
 */
import { facetOf } from '../../backends/facets/facets.js'
import type { Metered } from '../../backends/wrap/metered.js'
import type { Clock } from '../core/clock.js'
import { verifyBlock, type Cid } from '../core/cid.js'
import { bufferOf } from '../core/bytes.js'
import { isKitError, KitError } from '../core/errors.js'
import { Semaphore } from '../core/semaphore.js'
import { SingleFlight } from '../core/single-flight.js'
import type { FetchedMeta } from '../cache/origin.js'
import type { BlockMeta } from '../formats/block-kind.js'
import type { HandedBlock } from './block-handover-ring.js'
import { Pieces } from '../core/pieces.js'
import type { FetchTools } from './fetch-tools.js'
import type { BackendPool } from './backend-pool.js'

/** A CID as a key: its bytes, which cost less than its text. */
const keyOf = (cid: Cid): string => bufferOf(cid.bytes).toString('latin1')

/** What a block is taken for until its size is known. */
const TYPICAL = 1 << 20
/** How long it is believed that nobody has a block. */
const ABSENT_MS = 1000
const MAX_ABSENT = 4096

/** Takes a verified block; it is here when that resolves. */
export type Keep = (block: Uint8Array, meta: FetchedMeta) => void | Promise<void>

/** A raw block, and the size that its parent says it has. */
export interface RawBlock {
  readonly cid: Cid
  readonly size: number
}

/** Whether a block came; told once. */
class BlockOutcome {
  resolve!: (here: boolean) => void
  readonly promise = new Promise<boolean>((resolve) => (this.resolve = resolve))
}

export interface FetchPorts {
  readonly pool: BackendPool
  /** Whether a block is here: in the store, or in the cache. */
  readonly has: (cid: Cid) => boolean
  readonly describe: (codec: number, block: Uint8Array) => BlockMeta
  /** Keep a verified block. */
  readonly keep: (cid: Cid, block: Uint8Array, meta: FetchedMeta) => void
  /** Check a block that readers found changed in the cache, before it is asked for elsewhere. */
  readonly inspect: (cid: Cid) => Promise<void> | undefined
}

export class Fetcher {
  #pool: BackendPool
  readonly #ports: FetchPorts
  readonly #clock: Clock
  readonly #flights = new SingleFlight<void>()
  readonly #budget: Semaphore
  /** Until when nobody is asked again, by the clock's count. */
  readonly #absent = new Map<string, number>()
  #fetched = 0
  #bytes = 0

  /** @param inFlight bytes of blocks that are under way at a time. */
  constructor(ports: FetchPorts, inFlight: number, { clock }: Pick<FetchTools, 'clock'>) {
    this.#clock = clock
    this.#pool = ports.pool
    this.#ports = ports
    this.#budget = new Semaphore(inFlight)
  }

  get pool(): BackendPool {
    return this.#pool
  }

  /** From now on others are asked. */
  use(pool: BackendPool): void {
    this.#pool = pool
    this.#absent.clear()
  }

  get stats() {
    return {
      fetched: this.#fetched,
      bytes: this.#bytes,
      inFlight: this.#flights.size,
      queued: this.#budget.queued
    }
  }

  /** Whether it was found out a moment ago that nobody has a block. */
  isAbsent(cid: Cid): boolean {
    const until = this.#absent.get(keyOf(cid))
    return until !== undefined && this.#clock.elapsed() < until
  }

  /**
   * Have a block here.
   * @param keep what to do with it, instead of putting it into the cache as it is.
   * @throws BLOCK_NOT_FOUND, and what the pool throws.
   */
  async need(cid: Cid, signal: AbortSignal, keep?: Keep): Promise<void> {
    if (this.#ports.has(cid)) return
    const check = this.#ports.inspect(cid)
    if (check !== undefined) {
      await check
      if (this.#ports.has(cid)) return
    }
    if (this.isAbsent(cid)) throw new KitError('BLOCK_NOT_FOUND', `no backend has block ${cid}`)
    await this.#flights.run(keyOf(cid), signal, (signal) =>
      this.#budget.run(TYPICAL, () => this.#fetch(cid, signal, keep), signal)
    )
  }

  /**
   * Have several raw blocks here, in this order, by one request where somebody takes such.
   * Whoever needs one of them meanwhile waits for this. Failures are those of the blocks.
   */
  async needMany(wanted: readonly RawBlock[], signal: AbortSignal): Promise<void> {
    const missing = wanted.filter(
      ({ cid }) => !this.#ports.has(cid) && !this.#flights.has(keyOf(cid))
    )
    const backend = this.pool.capable('fileBatches')
    const coming = missing.map((block) => ({ ...block, outcome: new BlockOutcome() }))
    const flights = coming.map(({ cid, outcome }) => {
      const flight = outcome.promise.then(async (here) => {
        if (!here) await this.#budget.run(TYPICAL, () => this.#fetch(cid, signal), signal)
      })
      this.#flights.adopt(keyOf(cid), flight)
      return flight
    })
    // Before anything is waited for: a flight that nobody listens to must not fail.
    const settled = Promise.allSettled(flights)
    if (backend !== undefined && coming.length > 0) await this.#stream(backend, coming, signal)
    else for (const { outcome } of coming) outcome.resolve(false)
    const outcomes = await settled
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  /** Cut one answer into blocks. What does not fit, and all behind it, is asked for one by one. */
  async #stream(
    backend: Metered,
    coming: readonly (RawBlock & { readonly outcome: BlockOutcome })[],
    signal: AbortSignal
  ): Promise<void> {
    const cids = coming.map(({ cid }) => cid)
    const pieces = new Pieces(facetOf(backend, 'fileBatches').readFiles(cids, { signal }))
    try {
      for (const { cid, size, outcome } of coming) {
        const block = await pieces.take(size)
        verifyBlock(cid, block)
        this.keep(cid, block, backend.name)
        outcome.resolve(true)
      }
    } catch (error) {
      // Who is asked for each block by itself says what is wrong.
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
      this.took(block.length)
      await keep(block, { ...this.#ports.describe(cid.codec, block), from: backend })
    } catch (error) {
      if (isKitError(error, 'BLOCK_NOT_FOUND')) this.#remember(keyOf(cid))
      throw error
    }
  }

  /** Take in a verified block that another thread had from a backend's folder. */
  takeHanded({ cid, block, backend }: HandedBlock): void {
    // Several threads may have needed it at the same time.
    if (this.#ports.has(cid)) return
    this.#pool.named(backend)?.countFolderRead(block.length)
    this.keep(cid, block, backend)
  }

  /** Whether a block is here. */
  has(cid: Cid): boolean {
    return this.#ports.has(cid)
  }

  /** Keep a verified block that came with others, or from elsewhere on this machine. */
  keep(cid: Cid, block: Uint8Array, backend: string): void {
    this.took(block.length)
    this.#ports.keep(cid, block, { ...this.#ports.describe(cid.codec, block), from: backend })
  }

  /** Count what came another way. */
  took(bytes: number): void {
    this.#fetched++
    this.#bytes += bytes
  }

  #remember(key: string): void {
    if (this.#absent.size >= MAX_ABSENT) this.#absent.clear()
    this.#absent.set(key, this.#clock.elapsed() + ABSENT_MS)
  }
}
