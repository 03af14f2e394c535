/** Keeps what an engine did in the last hour: a sample of its counters every ten seconds. */
import type { Activity, ActivitySample, BackendSample, FetchSample, MountSample } from '../operations/activity.js' // prettier-ignore
import type { EngineReport } from '../operations/engine-report.js'
import type { HistogramReport } from '../core/histogram.js'

const INTERVAL_MS = 10_000
const HOUR_MS = 3_600_000

export class ActivityHistory {
  readonly #report: () => EngineReport
  readonly #samples: ActivitySample[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(report: () => EngineReport) {
    this.#report = report
  }

  /** Begins to take samples, which keeps no process alive. */
  start(): void {
    this.#take()
    this.#timer = setInterval(() => this.#take(), INTERVAL_MS).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Returns the samples, one of now included. @param after the time of the last one that is known. */
  read(after?: string): Activity {
    const all = [...this.#samples, sampleOf(this.#report())]
    return {
      intervalMs: INTERVAL_MS,
      samples:
        after === undefined ? all : all.filter(({ time }) => Date.parse(time) > Date.parse(after))
    }
  }

  #take(): void {
    try {
      this.#samples.push(sampleOf(this.#report()))
    } catch {
      // An engine whose home was moved has no report; that is told elsewhere.
    }
    if (this.#samples.length > HOUR_MS / INTERVAL_MS) this.#samples.shift()
  }
}

function sampleOf({ memory, store, mounts, remote }: EngineReport): ActivitySample {
  return {
    time: new Date().toISOString(),
    memory: memory.resident,
    storeBytes: store.bytes,
    freeBytes: store.freeBytes,
    mounts: mounts.map(mountSample),
    fetch: remote === null ? null : fetchSample(remote),
    backends: (remote?.backends ?? []).map(backendSample)
  }
}

const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0)

const msOf = ({ sumMs }: HistogramReport): number => Math.round(sumMs)

const mountSample = (mount: EngineReport['mounts'][number]): MountSample => ({
  path: mount.path,
  requests: sumOf(mount.requests),
  waited: mount.waited,
  errors: sumOf(mount.errors),
  answerMs: msOf(mount.latency)
})

const fetchSample = ({ cache, fetch }: NonNullable<EngineReport['remote']>): FetchSample => ({
  memoryHits: cache.memory.hits,
  diskHits: cache.disk.hits,
  fetchedBlocks: fetch.fetched,
  fetchedBytes: fetch.bytes
})

const backendSample = (
  backend: NonNullable<EngineReport['remote']>['backends'][number]
): BackendSample => ({
  name: backend.name,
  requests: backend.requests,
  bytes: backend.bytes,
  errors: backend.errors,
  answerMs: msOf(backend.latency)
})
