/** Counts what a backend does: `status` and metrics show it, and the pool orders backends by it. */
import type { Backend } from '../backend.js'
import { systemClock, type Clock } from '../../src/core/clock.js'
import { isKitError, KitError, toKitError } from '../../src/core/errors.js'
import { Histogram } from '../../src/core/histogram.js'
import { replaceGetBlock, type RunCall, type RunStream } from '../facets/intercept.js'
import type { CallKind, Facets } from '../facets/facets.js'
import { WrappedBackend } from './wrapped.js'

/** Weight of the newest latency in the average. */
const NEWEST = 0.2
/** Failures in a row after which it counts as down. */
const DOWN_AFTER = 3
const FIRST_REST_MS = 500
const LONGEST_REST_MS = 30_000

/** The reason of calls that were given up because another backend answered first. */
export const LOST_RACE = new KitError('ABORTED', 'another backend was faster')

export interface BackendMetrics {
  requests: number
  blocks: number
  bytes: number
  missing: number
  errors: number
  /** Blocks that were not what their CIDs say. */
  corrupt: number
  lastError: string | undefined
}

export class Metered extends WrappedBackend {
  readonly metrics: BackendMetrics = {
    requests: 0,
    blocks: 0,
    bytes: 0,
    missing: 0,
    errors: 0,
    corrupt: 0,
    lastError: undefined
  }
  readonly latency = new Histogram()
  readonly #clock: Clock
  #averageMs: number | undefined
  #failures = 0
  /** Races in a row that others won. */
  #losses = 0
  #downUntil = 0

  constructor(inner: Backend, clock: Clock = systemClock) {
    super(inner)
    this.#clock = clock
  }

  /** Running mean of what an answer took, in ms; undefined before the first. */
  get averageMs(): number | undefined {
    return this.#averageMs
  }

  /** Whether it failed so often in a row that it is not asked for a while. */
  get isDown(): boolean {
    return this.#failures >= DOWN_AFTER && this.#clock.elapsed() < this.#downUntil
  }

  /** Whether the last call failed. */
  get isFailing(): boolean {
    return this.#failures > 0
  }

  protected override wrapFacets(facets: Facets): Facets {
    return replaceGetBlock(super.wrapFacets(facets), (getBlock) => async (cid, options) => {
      const block = await getBlock(cid, options)
      this.metrics.blocks++
      this.metrics.bytes += block.length
      return block
    })
  }

  /** Counts a block that another thread read from its folder, without asking it. */
  countFolderRead(bytes: number): void {
    this.metrics.requests++
    this.metrics.blocks++
    this.metrics.bytes += bytes
  }

  override async around<T>(kind: CallKind, signal: AbortSignal, run: RunCall<T>): Promise<T> {
    const started = this.#clock.elapsed()
    this.metrics.requests++
    try {
      const result = await run(signal)
      if (kind !== 'name') this.#answered(this.#clock.elapsed() - started)
      return result
    } catch (error) {
      if (signal.aborted) {
        // A reader that left learned nothing; a race that was lost tells how slow this one is.
        if (signal.reason === LOST_RACE) this.#lost(this.#clock.elapsed() - started)
        throw error
      }
      if (isKitError(error, 'BLOCK_NOT_FOUND') || isKitError(error, 'UNSUPPORTED')) {
        this.metrics.missing++
        if (kind !== 'name') this.#answered(this.#clock.elapsed() - started)
      } else if (kind === 'name') this.#noteError(error)
      else this.#failed(error)
      throw error
    }
  }

  override async *aroundStream<T>(signal: AbortSignal, run: RunStream<T>): AsyncIterable<T> {
    this.metrics.requests++
    try {
      for await (const piece of run(signal)) {
        if (piece instanceof Uint8Array) this.metrics.bytes += piece.length
        yield piece
      }
      this.#failures = 0
    } catch (error) {
      if (!signal.aborted) this.#failed(error)
      throw error
    }
  }

  #answered(ms: number): void {
    this.latency.observe(ms)
    this.#took(ms)
    this.#failures = 0
    this.#losses = 0
  }

  #took(ms: number): void {
    this.#averageMs = this.#averageMs === undefined ? ms : this.#averageMs + NEWEST * (ms - this.#averageMs) // prettier-ignore
  }

  /** Counts a lost race as an answer of that length: a silent backend must not be asked first. */
  #lost(ms: number): void {
    this.#took(ms)
    if (++this.#losses < DOWN_AFTER) return
    this.#losses = 0
    this.#failed(
      new KitError('TIMEOUT', `backend ${this.name} was slower than others, again and again`)
    )
    this.#failures = Math.max(this.#failures, DOWN_AFTER)
  }

  #noteError(error: unknown): void {
    const { code, message } = toKitError(error)
    if (code === 'INTEGRITY') this.metrics.corrupt++
    this.metrics.errors++
    this.metrics.lastError = message
  }

  /** Counts bytes of a stream that turned out to be wrong: their reader hashes them. */
  blame(error: KitError): void {
    this.#failed(error)
  }

  #failed(error: unknown): void {
    this.#noteError(error)
    this.#failures++
    const rest = FIRST_REST_MS * 2 ** Math.max(0, this.#failures - DOWN_AFTER)
    this.#downUntil = this.#clock.elapsed() + Math.min(LONGEST_REST_MS, rest)
  }
}
