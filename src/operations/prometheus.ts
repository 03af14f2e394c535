/**
 * Renders reports in Prometheus' text format.
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/
 */
import type { HistogramReport } from '../core/histogram.js'
import type { TierStats } from '../cache/stats.js'
import type { BackendStats, UpstreamStats } from '../fetch/upstream-content.js'
import type { StoreFigures } from '../store/figures.js'
import type { ExpectedMount } from './configured-mounts.js'
import type { EngineReport, ServedMount } from './engine-report.js'
import type { MetricsResult } from './metrics.js'

type Labels = Readonly<Record<string, string>>

/** One value of a metric; `suffix` is what a histogram adds to the name. */
export interface Sample {
  readonly suffix: string
  readonly labels: Labels
  readonly value: number
}

export interface Metric {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly samples: readonly Sample[]
}

/** Collects the metrics of one exposition. */
class Exposition {
  readonly metrics: Metric[] = []

  /** Adds a metric with all its samples, which the format requires to stand together. */
  metric(
    name: string,
    type: 'counter' | 'gauge',
    help: string,
    samples: readonly (readonly [labels: Labels, value: number])[]
  ): void {
    if (samples.length === 0) return
    const of = samples.map(([labels, value]) => ({ suffix: '', labels, value }))
    this.metrics.push({ name, type, help, samples: of })
  }

  /** Adds a histogram. Its buckets are cumulative and in seconds, as the format requires. */
  histogram(
    name: string,
    help: string,
    samples: readonly (readonly [labels: Labels, histogram: HistogramReport])[]
  ): void {
    if (samples.length === 0) return
    const of = samples.flatMap(([labels, histogram]) => samplesOf(labels, histogram))
    this.metrics.push({ name, type: 'histogram', help, samples: of })
  }
}

function samplesOf(labels: Labels, { counts, boundsMs, sumMs }: HistogramReport): Sample[] {
  let count = 0
  const buckets = counts.map((inBucket, i) => {
    count += inBucket
    const bound = boundsMs[i]
    const le = bound === undefined ? '+Inf' : String(bound / 1000)
    return { suffix: '_bucket', labels: { ...labels, le }, value: count }
  })
  return [
    ...buckets,
    { suffix: '_sum', labels, value: sumMs / 1000 },
    { suffix: '_count', labels, value: count }
  ]
}

function braced(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

/** @param now milliseconds since 1970. */
export function prometheusText(report: MetricsResult, now: number): string {
  const lines = metricsOf(report, now).flatMap(({ name, type, help, samples }) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(({ suffix, labels, value }) => `${name}${suffix}${braced(labels)} ${value}`)
  ])
  return `${lines.join('\n')}\n`
}

/** Returns the metrics of a report. @param now milliseconds since 1970. */
export function metricsOf(report: MetricsResult, now: number): readonly Metric[] {
  const out = new Exposition()
  const isEngine = 'pid' in report
  out.metric('ipfs_kit_build_info', 'gauge', 'The version of this program.', [[{ version: report.version, node: process.versions.node }, 1]]) // prettier-ignore
  out.metric('ipfs_kit_up', 'gauge', 'Whether the engine of the home runs.', [[{}, isEngine ? 1 : 0]]) // prettier-ignore
  putMountsUp(out, report.configured, isEngine ? report.mounts : [])
  if (report.store !== null) putStore(out, report.store, now)
  if (isEngine) {
    putProcess(out, report)
    putMounts(out, report.mounts)
  }
  if (report.remote !== null) putUpstream(out, report.remote)
  return out.metrics
}

/** Tells of mounts that are there, and of those that should be. */
function putMountsUp(
  out: Exposition,
  configured: readonly ExpectedMount[],
  mounts: readonly ServedMount[]
): void {
  const served = mounts.map(({ path }): [Labels, number] => [{ mount: path }, 1])
  const missing = configured.filter(({ up }) => !up)
  out.metric('ipfs_kit_mount_up', 'gauge', 'Whether a mount is there, which the configuration names or somebody made.', [
    ...served,
    ...missing.map(({ path }): [Labels, number] => [{ mount: path }, 0])
  ]) // prettier-ignore
}

function putStore(out: Exposition, store: StoreFigures, now: number): void {
  const { blocks, bytes, pins, freeBytes, lastGcAt } = store
  out.metric('ipfs_kit_store_blocks', 'gauge', 'Blocks of the store.', [[{}, blocks]])
  if (bytes !== null) out.metric('ipfs_kit_store_bytes', 'gauge', 'Bytes of the store: packs and whole files.', [[{}, bytes]]) // prettier-ignore
  out.metric('ipfs_kit_pins', 'gauge', 'Pinned roots.', [[{}, pins]])
  out.metric('ipfs_kit_free_bytes', 'gauge', 'Free space of the disk that holds the home.', [[{}, freeBytes]]) // prettier-ignore
  const { hashedSince, damagedBlocks, healedBlocks } = store.scrub
  out.metric('ipfs_kit_scrub_damaged_blocks', 'gauge', 'Stored blocks that are damaged and have no other copy.', [[{}, damagedBlocks]]) // prettier-ignore
  out.metric('ipfs_kit_scrub_healed_total', 'counter', 'Stored blocks that were damaged and replaced by copies.', [[{}, healedBlocks]]) // prettier-ignore
  if (hashedSince !== null)
    out.metric('ipfs_kit_scrub_hashed_since_seconds', 'gauge', 'All bytes of the store were hashed at this time or later, in seconds since 1970.', [[{}, Date.parse(hashedSince) / 1000]]) // prettier-ignore
  if (lastGcAt === null) return
  const at = Date.parse(lastGcAt)
  out.metric('ipfs_kit_gc_last_time_seconds', 'gauge', 'When garbage was collected last, in seconds since 1970.', [[{}, at / 1000]]) // prettier-ignore
  out.metric('ipfs_kit_gc_age_seconds', 'gauge', 'Seconds since garbage was collected last.', [[{}, Math.max(0, (now - at) / 1000)]]) // prettier-ignore
}

function putProcess(out: Exposition, { startedAt, memory }: EngineReport): void {
  out.metric('ipfs_kit_start_time_seconds', 'gauge', 'When the engine started, in seconds since 1970.', [[{}, Date.parse(startedAt) / 1000]]) // prettier-ignore
  out.metric('ipfs_kit_memory_bytes', 'gauge', 'Memory of the engine, by kind.', [
    [{ kind: 'resident' }, memory.resident],
    [{ kind: 'heap_used' }, memory.heapUsed]
  ])
}

function putMounts(out: Exposition, mounts: readonly ServedMount[]): void {
  const requests = mounts.flatMap(({ path, requests }) =>
    Object.entries(requests).map(([op, count]): [Labels, number] => [{ mount: path, op }, count])
  )
  out.metric('ipfs_kit_requests_total', 'counter', 'Requests of the kernel.', requests)
  const errors = mounts.flatMap(({ path, errors }) =>
    Object.entries(errors).map(([errno, count]): [Labels, number] => [
      { mount: path, errno },
      count
    ])
  )
  out.metric('ipfs_kit_request_errors_total', 'counter', 'Requests of the kernel that were answered with an error.', errors) // prettier-ignore
  out.metric('ipfs_kit_requests_waiting', 'gauge', 'Requests that wait for content to be fetched or prepared.', mounts.map(({ path, waiting }) => [{ mount: path }, waiting])) // prettier-ignore
  out.metric('ipfs_kit_requests_waited_total', 'counter', 'Requests that had to wait for content to be fetched or prepared.', mounts.map(({ path, waited }) => [{ mount: path }, waited])) // prettier-ignore
  out.histogram('ipfs_kit_request_seconds', 'Time to answer a request of the kernel.', mounts.map(({ path, latency }) => [{ mount: path }, latency])) // prettier-ignore
}

function putUpstream(out: Exposition, { cache, fetch, backends }: UpstreamStats): void {
  const tiers = (of: (tier: TierStats) => number): [Labels, number][] => [
    [{ tier: 'memory' }, of(cache.memory)],
    [{ tier: 'disk' }, of(cache.disk)]
  ]
  out.metric('ipfs_kit_cache_hits_total', 'counter', 'Blocks that were read from the cache.', tiers(({ hits }) => hits)) // prettier-ignore
  out.metric('ipfs_kit_cache_read_bytes_total', 'counter', 'Bytes that were read from the cache.', tiers(({ bytes }) => bytes)) // prettier-ignore
  out.metric('ipfs_kit_cache_used_bytes', 'gauge', 'Bytes that a tier holds.', tiers(({ used }) => used)) // prettier-ignore
  out.metric('ipfs_kit_cache_capacity_bytes', 'gauge', 'Bytes that a tier may hold.', tiers(({ capacity }) => capacity)) // prettier-ignore
  out.metric('ipfs_kit_cache_blocks', 'gauge', 'Blocks that a tier holds.', tiers(({ blocks }) => blocks)) // prettier-ignore
  out.metric('ipfs_kit_cache_evicted_total', 'counter', 'Blocks that were evicted.', [[{}, cache.evicted]]) // prettier-ignore
  out.metric('ipfs_kit_cache_corrupt_total', 'counter', 'Cached blocks that were found damaged.', [[{}, cache.corrupt]]) // prettier-ignore
  out.metric('ipfs_kit_fetched_blocks_total', 'counter', 'Blocks that were fetched.', [[{}, fetch.fetched]]) // prettier-ignore
  out.metric('ipfs_kit_fetched_bytes_total', 'counter', 'Bytes of blocks that were fetched.', [[{}, fetch.bytes]]) // prettier-ignore
  out.metric('ipfs_kit_fetch_in_flight', 'gauge', 'Blocks in flight.', [[{}, fetch.inFlight]]) // prettier-ignore
  out.metric('ipfs_kit_fetch_queued', 'gauge', 'Requests that wait for the budget in flight.', [[{}, fetch.queued]]) // prettier-ignore
  const each = (of: (backend: BackendStats) => number): [Labels, number][] =>
    backends.map((backend) => [{ backend: backend.name, type: backend.type }, of(backend)])
  out.metric('ipfs_kit_backend_up', 'gauge', 'Whether a backend is asked: 0 while it is down.', each(({ state }) => (state === 'down' ? 0 : 1))) // prettier-ignore
  out.metric('ipfs_kit_backend_requests_total', 'counter', 'Requests to a backend.', each(({ requests }) => requests)) // prettier-ignore
  out.metric('ipfs_kit_backend_blocks_total', 'counter', 'Blocks that a backend gave.', each(({ blocks }) => blocks)) // prettier-ignore
  out.metric('ipfs_kit_backend_bytes_total', 'counter', 'Bytes that a backend gave.', each(({ bytes }) => bytes)) // prettier-ignore
  out.metric('ipfs_kit_backend_missing_total', 'counter', 'Blocks that a backend did not have.', each(({ missing }) => missing)) // prettier-ignore
  out.metric('ipfs_kit_backend_errors_total', 'counter', 'Requests to a backend that failed.', each(({ errors }) => errors)) // prettier-ignore
  out.metric('ipfs_kit_backend_corrupt_total', 'counter', 'Blocks of a backend that were not what their CIDs say.', each(({ corrupt }) => corrupt)) // prettier-ignore
  out.histogram('ipfs_kit_backend_latency_seconds', 'Time a backend took to answer.', backends.map(({ name, latency }) => [{ backend: name }, latency])) // prettier-ignore
}
