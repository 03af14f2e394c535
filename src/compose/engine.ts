/**
 * The composition root of the engine. What is heavy or seldom needed is
 * imported when it is: a mount waits for this.
 */
import { Worker } from 'node:worker_threads'
import { MAIN_SCRIPT } from '../cli/main-script.js'
import { ownStore } from './commands.js'
import { openServed, shareOf, type Epoch, type ThreadData } from './thread.js'
import { namesPort } from '../names/ipns-links.js'
import { LazyUpstream } from '../service/lazy-upstream.js'
import { Snapshots } from '../service/snapshots.js'
import { diskFor, reserveCacheMemory } from '../cache/room.js'
import { reserveForeignRepositories } from '../fetch/foreign-repositories.js'
import type { FetchSettings } from '../fetch/settings.js'
import { isKitError, toKitError } from '../core/errors.js'
import { libcFunction } from '../core/native.js'
import { lockForEngine } from '../service/acquire-home.js'
import type { Engine } from '../service/engine.js'
import type { EngineReport } from '../service/report.js'
import { TableBuilders } from '../service/table-builders.js'
import type { DriverName, FuseDriver, MountOptions, OpenVfs } from '../mount/driver.js'
import type { EngineMessage } from '../mount/supervisor.js'
import type { RawDriverPorts } from '../mount/drivers/raw/thread-pool.js'

interface Address {
  readonly host: string
  readonly port: number
}

/** What an engine and its supervisor are started with. */
interface EngineArgs {
  readonly home: string
  readonly path: string
  readonly options: MountOptions
  readonly fetching: Omit<FetchSettings, 'disk'> & { readonly disk: number | undefined }
  /** Where /metrics answers. */
  readonly listen: Address | null
}

const parseEngineArgs = (args: readonly string[]): EngineArgs => ({
  home: args[0]!,
  path: args[1]!,
  options: JSON.parse(args[2]!) as MountOptions,
  fetching: JSON.parse(args[3]!) as EngineArgs['fetching'],
  listen: JSON.parse(args[4]!) as EngineArgs['listen']
})

const startWorker = (data: ThreadData): Worker => new Worker(MAIN_SCRIPT, { workerData: data })

/** The engine process. */
export async function runEngine(args: readonly string[]): Promise<number> {
  const { home, path, options, fetching, listen } = parseEngineArgs(args)
  const { Engine } = await import('../service/engine.js')
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
  const epoch: Epoch = new Int32Array(new SharedArrayBuffer(4))
  let upstream: LazyUpstream | undefined
  try {
    const lock = await lockForEngine(home)
    const owner = ownStore(home, lock, {
      warn: (message) => console.error(message),
      changed: () => {
        Atomics.add(epoch, 0, 1)
        upstream?.refresh()
      }
    })
    const disk = diskFor(home, fetching.disk)
    const share = {
      flags: new SharedArrayBuffer(8),
      memory: reserveCacheMemory(home, disk, fetching.memory),
      foreignRepositories: reserveForeignRepositories()
    }
    upstream = new LazyUpstream(home, { ...fetching, disk }, share)
    const drivers = driversOf(home, epoch, upstream, () => engine.report())
    const engine: Engine = new Engine(home, owner, drivers, upstream, {
      mounted: (mounted) => void tell({ type: 'mounted', path: mounted }),
      unmounted: (unmounted) => void tell({ type: 'unmounted', path: unmounted })
    })
    const stopped = stopOnSignals()
    await engine.start(path, options)
    if (listen !== null) await startMetrics(listen, engine)
    void tell({ type: 'ready' })
    const abandoned = await Promise.race([engine.done.then(() => false), stopped])
    await engine.stop()
    await upstream?.close()
    end(abandoned ? 1 : 0)
  } catch (error) {
    const { code, message } = toKitError(error)
    console.error(`${code}: ${message}`)
    await tell({ type: 'failed', code, message })
    end(1)
  }
  return 0
}

/** A port that somebody else has is no reason to be without the mount. */
async function startMetrics(listen: Address, engine: Engine): Promise<void> {
  const { serveMetrics } = await import('../service/http-server.js')
  try {
    await serveMetrics(listen, () => engine.report())
  } catch (error) {
    engine.warn(`/metrics does not answer: ${(error as Error).message}; see metrics.listen`)
  }
}

/** The drivers of an engine, each loaded when the first mount asks for it. */
function driversOf(
  home: string,
  epoch: Epoch,
  upstream: LazyUpstream,
  report: () => EngineReport
): (name: DriverName) => Promise<FuseDriver> {
  const { share } = upstream
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
