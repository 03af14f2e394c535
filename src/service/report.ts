/** What an engine says of itself: for `metrics`, for Prometheus, for `.ipfs-kit/stats.json`. */
import type { HistogramReport } from '../core/histogram.js'
import type { DriverName, MountReport } from '../mount/driver.js'

export interface ServedMount extends MountReport {
  readonly path: string
  readonly driver: DriverName
  readonly open: string
}

/** Bytes: what the process has of the machine's memory, and Node's objects on its main thread. */
export interface MemoryReport {
  readonly resident: number
  readonly heap_used: number
}

export interface TierReport {
  readonly used: number
  readonly capacity: number
  readonly blocks: number
  readonly hits: number
  readonly bytes: number
}

export interface CacheReport {
  readonly memory: TierReport
  readonly disk: TierReport
  readonly blocks: number
  readonly corrupt: number
  readonly evicted: number
  readonly arc_target: number
}

export interface BackendReport {
  readonly name: string
  readonly type: string
  /** `down` after failures in a row; `unknown` before the first answer. */
  readonly state: 'up' | 'down' | 'unknown'
  readonly average_ms: number | null
  readonly requests: number
  readonly blocks: number
  readonly bytes: number
  readonly missing: number
  readonly errors: number
  readonly corrupt: number
  readonly last_error: string | null
  readonly latency: HistogramReport
}

export interface FetchReport {
  readonly fetched: number
  readonly bytes: number
  readonly in_flight: number
  readonly queued: number
}

export interface UpstreamReport {
  readonly cache: CacheReport
  readonly fetch: FetchReport
  readonly backends: readonly BackendReport[]
}

export interface EngineReport {
  readonly pid: number
  readonly started_at: string
  readonly warnings: readonly string[]
  readonly memory: MemoryReport
  readonly mounts: readonly ServedMount[]
  /** Cache, fetching and backends; null where there are none. */
  readonly remote: UpstreamReport | null
}

export function memoryReport(): MemoryReport {
  const { rss, heapUsed } = process.memoryUsage()
  return { resident: rss, heap_used: heapUsed }
}
