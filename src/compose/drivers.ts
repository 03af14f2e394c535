/** The drivers of an engine, each loaded when the first mount asks for it. */
import { Worker } from 'node:worker_threads'
import { systemClock } from '../core/clock.js'
import type { Log, LogChoice } from '../core/log.js'
import type { DriverName, FuseDriver, OpenVfs } from '../mount/driver.js'
import type { RawDriverPorts } from '../mount/drivers/raw/thread-pool.js'
import { namesPort } from '../names/ipns-links.js'
import type { EngineReport } from '../operations/engine-report.js'
import type { Epoch } from '../service/home-view.js'
import type { LazyUpstream } from '../service/lazy-upstream.js'
import { MAIN_SCRIPT } from '../core/main-script.js'
import { contentPreparer } from '../service/prepare-content.js'
import { stampOfQuery } from '../query/saved-queries.js'
import { ResultLinks, type ComputeResult } from '../service/result-links.js'
import { MetadataDocuments, type MakeDocument } from '../service/metadata-documents.js'
import { Snapshots } from '../service/snapshots.js'
import { TableBuilders } from '../service/table-builders.js'
import type { FetchShare } from './shared-blocks.js'
import { openServed, shareOf, type MainThreadPorts, type ThreadData } from './thread.js'

/** Almost all that a serving thread makes is garbage at once: more room for it is memory that nobody uses. */
const SERVING_LIMITS = { maxYoungGenerationSizeMb: 4 }

const startWorker = (data: ThreadData): Worker =>
  new Worker(MAIN_SCRIPT, {
    workerData: data,
    ...(data.role === 'mount' && { resourceLimits: SERVING_LIMITS })
  })

export interface DriverParts {
  readonly home: string
  readonly epoch: Epoch
  readonly share: FetchShare
  readonly upstream: LazyUpstream
  readonly log: Log
  /** How worker threads log. */
  readonly logging: LogChoice
  readonly report: () => EngineReport
  readonly computeResult: ComputeResult
  readonly metadataDocument: MakeDocument
}

export function driversOf(parts: DriverParts): (name: DriverName) => Promise<FuseDriver> {
  const { home, epoch, share, upstream, log, logging } = parts
  const main = mainThreadPorts(parts)
  const openVfs: OpenVfs = (inodes, options) => {
    const own = { ...options, memory: shareOf(options.memory) }
    return openServed({ home, inodes, options: own, epoch, share, log, main })
  }
  const startThread: RawDriverPorts['startThread'] = (task, memory, options) =>
    startWorker({ role: 'mount', home, options, task, memory, epoch: epoch.buffer, share, logging })
  return async (name) => {
    if (name === 'raw') {
      const { RawDriver } = await import('../mount/drivers/raw/raw-driver.js')
      return new RawDriver(home, { startThread, openVfs, isFetching: () => upstream.isWanted, log })
    }
    const { FuseNativeDriver } = await import('../mount/drivers/fuse-native/fuse-native-driver.js')
    return new FuseNativeDriver(home, openVfs)
  }
}

function mainThreadPorts(parts: DriverParts): MainThreadPorts {
  const { home, share, upstream, report, computeResult, metadataDocument, log } = parts
  const tables = new TableBuilders(() => startWorker({ role: 'prepare', home, share }))
  const names = namesPort({
    isOffline: () => upstream.isOffline,
    isNaming: () => upstream.isNaming,
    names: () => upstream.names,
    findName: (name, signal) => upstream.findName(name, signal),
    listNames: (signal) => upstream.listNames(signal)
  })
  return {
    isAbsent: (cid) => upstream.isAbsent(cid),
    names,
    snapshots: new Snapshots(report),
    results: new ResultLinks(computeResult, (query) => stampOfQuery(home, query), systemClock, log),
    metadata: new MetadataDocuments(metadataDocument),
    prepare: contentPreparer(upstream, tables),
    asked: () => upstream.asked
  }
}
