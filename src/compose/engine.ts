/**
 * The composition root of the engine. Modules that are heavy or seldom needed are imported when
 * they are, as a mount waits for this.
 */
import { existsSync } from 'node:fs'
import { CacheLayout } from '../cache/layout.js'
import { diskFor, reserveCacheMemory } from '../cache/sizes.js'
import type { Cid } from '../core/cid.js'
import { systemClock } from '../core/clock.js'
import { KitError } from '../core/errors.js'
import { isReadOnly } from '../core/fs-durable.js'
import { packageVersion } from '../core/version.js'
import { FetchFlags, reserveFetchFlags } from '../fetch/fetch-flags.js'
import { reserveForeignRepositories } from '../fetch/foreign-repositories.js'
import { lockForEngine } from '../service/acquire-home.js'
import type { Epoch } from '../service/home-view.js'
import { checkHome } from '../core/trusted-home.js'
import { expectedMounts, type ExpectedMount } from '../operations/configured-mounts.js'
import { CountedStore } from '../service/counted-store.js'
import type { MakeDocument } from '../service/metadata-documents.js'
import type { IndexKeeper } from '../service/index-keeper.js'
import { reserveOpenCounts } from '../service/open-counts.js'
import { ActivityHistory } from '../service/activity-history.js'
import type { LocalOwner } from '../service/local-owner.js'
import { LazyUpstream } from '../service/lazy-upstream.js'
import { mountpoint } from './mountpoint.js'
import { runEngineProcess, type ComposeEngine } from '../service/run-engine.js'
import type { EngineSettings } from '../service/settings.js'
import type { HttpRoute } from '../http/http-call.js'
import { Sessions } from '../http/sessions.js'
import type { StreamPublisher } from '../service/stream-publisher.js'
import type { Log } from '../core/log.js'
import type { OpenedSql } from '../operations/services.js'
import type { Tell } from '../operations/events.js'
import { EventLog } from '../operations/event-log.js'
import type { Sql } from '../query/ports.js'
import type { ComputeResult } from '../service/result-links.js'
import type { EngineReport } from '../operations/engine-report.js'
import { driversOf } from './drivers.js'
import { dagOf, ownStore } from './own-store.js'
import type { FetchShare } from './shared-blocks.js'

export const runEngine = (args: readonly string[]): Promise<never> =>
  runEngineProcess(args, compose)

const compose: ComposeEngine = async ({ home, settings }, tell, log) => {
  const [{ HomeService }, { Mounts }] = await Promise.all([
    import('../service/home-service.js'),
    import('../service/mounts.js')
  ])
  checkHome(home)
  const epoch: Epoch = new Int32Array(new SharedArrayBuffer(4))
  const lock = await lockForEngine(home)
  const changed = (): void => {
    Atomics.add(epoch, 0, 1)
    upstream.refresh()
  }
  const events = new EventLog(systemClock)
  const { tell: tellEvent } = events
  const owner = ownStore(home, lock, { warn: log.warn, changed }, false, undefined, tellEvent)
  const disk = diskFor(home, settings.fetching.disk ?? undefined)
  const share = shareFor(home, disk, settings)
  // Nobody writes the cache of such a home, so its readers need not wait until it is open.
  const isFixed = isReadOnly(home)
  if (isFixed) new FetchFlags(share.flags).cached = existsSync(new CacheLayout(home).index)
  const index = isFixed ? undefined : await indexKeeperOf(home, owner, share, log)
  const upstream: LazyUpstream = upstreamFor(home, disk, settings, share, { log, tell: tellEvent }, isFixed, (cid) => index?.noteFetched(cid)) // prettier-ignore
  const report = (): EngineReport => service.report()
  const logging = settings.log
  const computeResult: ComputeResult = async (query, format, signal) => {
    const { computeResult } = await import('./query-results.js')
    return await computeResult(home, query, format, signal, log)
  }
  let sql: OpenedSql | undefined
  let documents: Promise<MakeDocument> | undefined
  const metadataDocument: MakeDocument = async (name) => {
    documents ??= import('./metadata-document.js').then((module) => module.documentMaker(home, report)) // prettier-ignore
    return await (
      await documents
    )(name)
  }
  const made = { report, computeResult, metadataDocument }
  const drivers = driversOf({ home, epoch, share, upstream, log, logging, ...made })
  const mounts = new Mounts(home, drivers, (message) => void tell(message))
  const store = new CountedStore(owner.store, log)
  const configured = (served: readonly string[]): ExpectedMount[] =>
    expectedMounts(home, {}, mountpoint, served)
  const program = packageVersion()
  const publisher = isFixed ? undefined : await publisherOf(owner, report, log)
  const opened = (cid: Cid): void => index?.noteOpened(cid)
  const sessions = new Sessions()
  const answering = {
    owner,
    upstream,
    share,
    settings,
    publisher,
    report,
    activity: (after?: string) => activity.read(after),
    events,
    opened,
    sessions,
    log
  }
  let routes: Promise<readonly HttpRoute[]> | undefined
  // The socket and the port share them, and with them jobs and keys of writes.
  const http = (): Promise<readonly HttpRoute[]> =>
    (routes ??= import('./local-routes.js').then(({ localRoutes }) => localRoutes(answering)))
  const gateway = async (): Promise<readonly HttpRoute[]> =>
    (await import('./local-routes.js')).publicRoutes(answering)
  const metrics = async (): Promise<readonly HttpRoute[]> => [
    (await import('../service/metrics-route.js')).metricsRoute(report)
  ]
  const openSql = async (): Promise<Sql> => {
    const { ownSql } = await import('./open-sql.js')
    return (sql ??= ownSql(home)).sql
  }
  const places = { home, owner, store, upstream, mounts, configured }
  const service = new HomeService({
    ...places,
    settings,
    program,
    log,
    http,
    sessions,
    sql: openSql,
    tell: tellEvent
  })
  const activity = new ActivityHistory(report)
  activity.start()
  publisher?.start()
  index?.start()
  const scrubber = isFixed
    ? undefined
    : await scrubberOf(owner, upstream, settings, { log, tell: tellEvent })
  const keeper = isFixed ? undefined : await keeperOf(home, log)
  return {
    service,
    routes: { service: http, gateway, metrics },
    farewell: () => events.close(),
    sessions,
    rest: async () => {
      activity.stop()
      await Promise.all([scrubber?.stop(), keeper?.stop(), publisher?.stop(), index?.stop()])
    },
    close: async () => {
      sql?.close()
      await upstream.close()
    }
  }
}

/** Makes the keeper of the metadata index. */
async function indexKeeperOf(
  home: string,
  owner: LocalOwner,
  { opens }: FetchShare,
  log: Log
): Promise<IndexKeeper> {
  const { indexKeeper } = await import('./index-keeper.js')
  return indexKeeper(home, owner, opens, log)
}

/** Starts the keeper of copies on backends. */
async function keeperOf(home: string, log: Log): Promise<{ stop(): Promise<void> }> {
  const { copyKeeper } = await import('./copy-keeper.js')
  const keeper = copyKeeper(home, log)
  keeper.start()
  return keeper
}

/** Makes what keeps the files for other programs true. */
async function publisherOf(
  owner: LocalOwner,
  report: () => EngineReport,
  log: Log
): Promise<StreamPublisher> {
  const { streamPublisher } = await import('./stream-publisher.js')
  return streamPublisher(owner, report, log)
}

/** Starts the scrub, unless it is switched off. */
async function scrubberOf(
  owner: LocalOwner,
  upstream: LazyUpstream,
  { scrubRate }: EngineSettings,
  tools: { readonly log: Log; readonly tell: Tell }
): Promise<{ stop(): Promise<void> } | undefined> {
  if (scrubRate === null) return undefined
  const { Scrubber } = await import('../service/scrubber.js')
  const scrubber = new Scrubber({
    owner,
    leavesOf: (reader) => dagOf(reader).leavesOf,
    fetchBlock: async (cid, signal) => {
      if (!upstream.isWanted)
        throw new KitError('BLOCK_NOT_FOUND', `no backend is asked for ${cid}`)
      return (await upstream.open()).fetchBlock(cid, signal)
    },
    rate: scrubRate,
    clock: systemClock,
    ...tools
  })
  scrubber.start()
  return scrubber
}

const shareFor = (home: string, disk: number, { fetching }: EngineSettings): FetchShare => ({
  flags: reserveFetchFlags(),
  memory: reserveCacheMemory(home, disk, fetching.memory),
  foreignRepositories: reserveForeignRepositories(),
  opens: reserveOpenCounts()
})

const upstreamFor = (
  home: string,
  disk: number,
  { fetching }: EngineSettings,
  { flags, ...share }: FetchShare,
  { log, tell }: { readonly log: Log; readonly tell: Tell },
  isFixed: boolean,
  retrieving: (cid: Cid) => void
): LazyUpstream =>
  new LazyUpstream({
    home,
    isFixed,
    retrieving,
    offline: fetching.offline,
    resolver: fetching.resolver,
    flags,
    log,
    open: async (signal) => {
      const { openUpstream } = await import('./upstream.js')
      const tools = { log, clock: systemClock, tell }
      return await openUpstream(home, { ...fetching, disk }, { flags, ...share }, tools, signal)
    }
  })
