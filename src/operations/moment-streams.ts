/** The Arrow streams that tell of a moment of an engine: its metrics, its mounts and its backends. */
import type { RowOf, STREAMS } from '../ipc/streams.js'
import type { EngineReport } from './engine-report.js'
import { metricsOf } from './prometheus.js'

type Streams = typeof STREAMS

/** Rows of each stream; times are seconds since 1970. */
export interface MomentRows {
  readonly metrics: readonly RowOf<Streams['metrics']>[]
  readonly vfs_stats: readonly RowOf<Streams['vfs_stats']>[]
  readonly backend_health: readonly RowOf<Streams['backend_health']>[]
}

/**
 * @param now ms since 1970.
 * @param changedAt when the pins changed last, in ms since 1970.
 */
export function momentRows(report: EngineReport, now: number, changedAt: number): MomentRows {
  const timestamp = Math.floor(now / 1000)
  const { remote } = report
  return {
    metrics: metricsOf(report, now).flatMap(({ name, type, samples }) =>
      samples.map(({ suffix, labels, value }) => ({
        metric_name: `${name}${suffix}`,
        metric_value: value,
        metric_type: type,
        timestamp,
        tags: JSON.stringify(labels)
      }))
    ),
    vfs_stats: report.mounts.map(({ path, requests }) => ({
      path,
      size_bytes: report.store.bytes,
      file_count: report.store.pins,
      last_modified: Math.floor(changedAt / 1000),
      access_count: Object.values(requests).reduce((sum, count) => sum + count, 0),
      cache_hit_ratio: hitRatio(remote)
    })),
    backend_health: (remote?.backends ?? []).map((backend) => ({
      backend_name: backend.name,
      status: backend.state,
      response_time_ms: backend.averageMs,
      last_check: timestamp,
      error_count: backend.errors,
      success_rate: backend.requests === 0 ? null : 1 - backend.errors / backend.requests
    }))
  }
}

/** Returns which share of the blocks that were wanted the cache had; null before the first. */
function hitRatio(remote: EngineReport['remote']): number | null {
  if (remote === null) return null
  const hits = remote.cache.memory.hits + remote.cache.disk.hits
  const wanted = hits + remote.fetch.fetched
  return wanted === 0 ? null : hits / wanted
}
