/** The content of backends as operations fetch it: in this process, or by the engine that owns the home. */
import type { CacheStats } from '../cache/stats.js'
import type { HistogramReport } from '../core/histogram.js'
import type { Cid } from '../core/cid.js'
import type { ContentWant } from '../core/not-ready.js'

/** Statistics of a backend that is in use. */
export interface BackendStats {
  readonly name: string
  readonly type: string
  /** `down` after failures in a row; `unknown` before the first answer. */
  readonly state: 'up' | 'down' | 'unknown'
  /** Running mean of an answer's milliseconds; null before the first. */
  readonly averageMs: number | null
  readonly requests: number
  readonly blocks: number
  readonly bytes: number
  readonly missing: number
  readonly errors: number
  readonly corrupt: number
  readonly lastError: string | null
  readonly latency: HistogramReport
}

export interface FetchStats {
  /** Blocks that were fetched, and their bytes. */
  readonly fetched: number
  readonly bytes: number
  /** Blocks in flight, and requests that wait for the budget. */
  readonly inFlight: number
  readonly queued: number
}

export interface UpstreamStats {
  readonly cache: CacheStats
  readonly fetch: FetchStats
  readonly backends: readonly BackendStats[]
}

export interface ListedBlock {
  /** Of a block under another hash than sha2-256 the key of its record, as `key …`, is known alone. */
  readonly cid: string
  readonly size: number
  readonly tier: 'memory' | 'disk'
  /** How often it was read. */
  readonly reads: number
  /** The backend that gave it; null where that is not known any more. */
  readonly backend: string | null
}

export interface CacheListing {
  readonly blocks: readonly ListedBlock[]
  /** Blocks of the cache, those that are not listed included. */
  readonly total: number
}

export interface UpstreamContent {
  /**
   * Fetches content, so that it can be read here.
   * @throws BLOCK_NOT_FOUND, and what the backends throw.
   */
  retrieve(want: ContentWant, signal: AbortSignal): Promise<void>
  stats(): Promise<UpstreamStats>
  /** Returns the CID that a name leads to; undefined where it leads nowhere. */
  resolveName(name: string, signal: AbortSignal): Promise<Cid | undefined>
  /** Removes blocks from the cache. @returns how many were there. */
  evict(cids: readonly string[]): Promise<number>
  /** Removes blocks, and all blocks below them, from the cache. @returns how many were there. */
  evictBelow(cids: readonly string[], signal: AbortSignal): Promise<number>
  /** Lists the `limit` blocks of the cache that were read most often, the hottest first. */
  listCache(limit: number, signal: AbortSignal): Promise<CacheListing>
  clear(): Promise<void>
  /** Opens the backends as they are configured now. */
  reload(): Promise<void>
  close(): Promise<void>
}
