/**
 * The composition root of the engine. What is heavy or seldom needed is
 * imported when it is: a mount waits for this.
 */
import { Worker } from 'node:worker_threads'
import { diskFor, reserveCacheMemory } from '../cache/room.js'
import { isKitError, toKitError } from '../core/errors.js'
import { libcFunction } from '../core/native.js'
import { packageVersion } from '../core/version.js'
import { reserveFetchFlags } from '../fetch/fetch-flags.js'
import { reserveForeignRepositories } from '../fetch/foreign-repositories.js'
import type { DriverName, FuseDriver, OpenVfs } from '../mount/driver.js'
import type { RawDriverPorts } from '../mount/drivers/raw/thread-pool.js'
import type { EngineMessage } from '../mount/supervisor.js'
import { namesPort } from '../names/ipns-links.js'
import { lockForEngine } from '../service/acquire-home.js'
import { fromArguments, type EngineStart } from '../service/engine-process.js'
import type { HomeService } from '../service/home-service.js'
import { LazyUpstream } from '../service/lazy-upstream.js'
import { MAIN_SCRIPT } from '../service/main-script.js'
import type { EngineReport } from '../operations/engine-report.js'
import type { Listen } from '../config/config.js'
import { Snapshots } from '../service/snapshots.js'
import { TableBuilders } from '../service/table-builders.js'
import { ownStore } from './own-store.js'
import type { FetchShare } from './shared-blocks.js'
import { openServed, shareOf, type Epoch, type ThreadData } from './thread.js'

const startWorker = (data: ThreadData): Worker => new Worker(MAIN_SCRIPT, { workerData: data })

/** The engine process. */
export async function runEngine(args: readonly string[]): Promise<number> {
  const start = fromArguments(args)
  const tell = (message: EngineMessage): Promise<void> =>
    new Promise((resolve) => {
      if (process.connected) process.send!(message, () => resolve())
      else resolve()
    })
  // A log on a full disk must not take the mount away.
  process.stderr.on('error', () => undefined)
  // A mount whose engine lost its main thread would never answer: the supervisor takes it away.
  process.on('uncaughtException', (error) => {
    console.error('the engine failed', error)
    process.kill(process.pid, 'SIGKILL')
  })
  try {
    const stopped = stopOnSignals()
    const { service, upstream } = await compose(start, tell)
    await service.listen()
    if (start.mount === null) service.stay()
    else await service.mount(start.mount.path, start.mount.options)
    if (start.settings.listen !== null) await startHttp(start.settings.listen, service)
    void tell({ type: 'ready' })
    const abandoned = await Promise.race([service.done.then(() => false), stopped])
    await service.stop()
    await upstream.close()
    end(abandoned ? 1 : 0)
  } catch (error) {
    const { code, message } = toKitError(error)
    console.error(`${code}: ${message}`)
    await tell({ type: 'failed', code, message })
    end(1)
  }
  return 0
}

async function compose(
  { home, settings }: EngineStart,
  tell: (message: EngineMessage) => Promise<void>
): Promise<{ service: HomeService; upstream: LazyUpstream }> {
  const [{ HomeService }, { Mounts }] = await Promise.all([
    import('../service/home-service.js'),
    import('../service/mounts.js')
  ])
  const epoch: Epoch = new Int32Array(new SharedArrayBuffer(4))
  const lock = await lockForEngine(home)
  const owner = ownStore(home, lock, {
    warn: (message) => console.error(message),
    changed: () => {
      Atomics.add(epoch, 0, 1)
      upstream.refresh()
    }
  })
  const { fetching } = settings
  const disk = diskFor(home, fetching.disk ?? undefined)
  const share: FetchShare = {
    flags: reserveFetchFlags(),
    memory: reserveCacheMemory(home, disk, fetching.memory),
    foreignRepositories: reserveForeignRepositories()
  }
  const log = (message: string): void => console.error(message)
  const upstream: LazyUpstream = new LazyUpstream({
    home,
    offline: fetching.offline,
    resolver: fetching.resolver,
    flags: share.flags,
    open: async (signal) => {
      const { openUpstream } = await import('./upstream.js')
      return await openUpstream(home, { ...fetching, disk }, share, log, signal)
    }
  })
  const drivers = driversOf(home, epoch, share, upstream, () => service.report())
  const mounts = new Mounts(home, drivers, {
    mounted: (path) => void tell({ type: 'mounted', path }),
    unmounted: (path) => void tell({ type: 'unmounted', path })
  })
  const program = packageVersion()
  const service: HomeService = new HomeService({ home, owner, upstream, mounts, settings, program })
  return { service, upstream }
}

/** A port that somebody else has is no reason to be without the mount. */
async function startHttp(listen: Listen, service: HomeService): Promise<void> {
  const [{ serveHttp }, { routesOf }] = await Promise.all([
    import('../service/http-server.js'),
    import('../service/routes.js')
  ])
  try {
    await serveHttp(
      listen,
      routesOf(() => service.report())
    )
  } catch (error) {
    service.warn(`/metrics does not answer: ${(error as Error).message}; see metrics.listen`)
  }
}

/** The drivers of an engine, each loaded when the first mount asks for it. */
function driversOf(
  home: string,
  epoch: Epoch,
  share: FetchShare,
  upstream: LazyUpstream,
  report: () => EngineReport
): (name: DriverName) => Promise<FuseDriver> {
  const preparer = new TableBuilders(() => startWorker({ role: 'prepare', home, share }))
  const names = namesPort({
    isOffline: () => upstream.isOffline,
    isNaming: () => upstream.isNaming,
    names: () => upstream.names,
    findName: (name, signal) => upstream.findName(name, signal),
    listNames: (signal) => upstream.listNames(signal)
  })
  const snapshots = new Snapshots(report)
  const openVfs: OpenVfs = (inodes, options) => {
    const own = { ...options, memory: shareOf(options.memory) }
    return openServed(home, inodes, own, epoch, share, {
      isAbsent: (cid) => upstream.isAbsent(cid),
      names,
      snapshots,
      prepare: async (want, signal) => {
        // A block that nobody has is no failure yet: asked again, the VFS says what that means.
        if (upstream.isWanted) await upstream.retrieve(want, signal).catch(unlessMissing)
        return want.type === 'table' ? await preparer.prepare(want.cid) : undefined
      }
    })
  }
  const startThread: RawDriverPorts['startThread'] = (task, memory, options) =>
    startWorker({ role: 'mount', home, options, task, memory, epoch: epoch.buffer, share })
  return async (name) => {
    if (name === 'raw') {
      const { RawDriver } = await import('../mount/drivers/raw/raw-driver.js')
      return new RawDriver(home, { startThread, openVfs, isFetching: () => upstream.isWanted })
    }
    const { FuseNativeDriver } = await import('../mount/drivers/fuse-native/fuse-native-driver.js')
    return new FuseNativeDriver(home, openVfs)
  }
}

function unlessMissing(error: unknown): void {
  if (!isKitError(error, 'BLOCK_NOT_FOUND')) throw error
}

/** Resolves when somebody asks for the end: with true when that is the supervisor's death. */
const stopOnSignals = (): Promise<boolean> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => resolve(false))
    process.on('disconnect', () => resolve(true))
  })

/**
 * End at once. exit() would wait for ever for threads that sit in a read of a mount or of a disk
 * that hangs; _exit waits for nobody.
 */
function end(code: number): never {
  try {
    libcFunction('void _exit(int code)')(code)
  } catch (error) {
    console.error('the engine is killed, as it cannot end by itself', error)
  }
  process.kill(process.pid, 'SIGKILL')
  throw new Error('the engine has ended')
}
