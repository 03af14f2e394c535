/**
 * The composition root of the engine and its threads. What is heavy or seldom needed is
 * imported when it is: a mount waits for this.
 */
import { Worker } from 'node:worker_threads'
import { openReading, ownStore, script } from './compose.js'
import { Content } from './content/content.js'
import { Cid } from './core/cid.js'
import { toKitError } from './core/errors.js'
import { lockForEngine } from './daemon/own.js'
import { Preparer } from './daemon/preparer.js'
import type { DriverName, FuseDriver, MountOptions, ServedVfs } from './mount/driver.js'
import type { MountMemory, RawDriverPorts, ThreadTask } from './mount/drivers/raw/crew.js'
import { PinsView } from './store/pins-view.js'
import { StoreReader } from './store/reader.js'
import { InodeTable, type InodeTableMemory } from '../vfs/inode-table.js'
import { Vfs } from '../vfs/vfs.js'

/** What an engine and its supervisor are started with. */
interface EngineArgs {
  readonly home: string
  readonly path: string
  readonly options: MountOptions
}

const parseEngineArgs = (args: readonly string[]): EngineArgs => ({
  home: args[0]!,
  path: args[1]!,
  options: JSON.parse(args[2]!) as MountOptions
})

/** Bumped at every change of the store or the pins, for the serving threads. */
type Epoch = Int32Array<SharedArrayBuffer>

/** Shares of a mount's memory: two threads that serve, one that stores ahead, the main thread. */
const SHARES = 4

type ThreadData =
  | { readonly role: 'prepare'; readonly home: string }
  | {
      readonly role: 'mount'
      readonly home: string
      readonly options: MountOptions
      readonly task: ThreadTask
      readonly memory: MountMemory
      readonly epoch: SharedArrayBuffer
    }

const startWorker = (data: ThreadData): Worker => new Worker(script, { workerData: data })

/** The engine process. */
export async function runEngine(args: readonly string[]): Promise<number> {
  const { home, path, options } = parseEngineArgs(args)
  const { Engine } = await import('./daemon/engine.js')
  const tell = (message: import('./mount/supervisor.js').EngineMessage): void => {
    if (process.connected) process.send!(message)
  }
  const epoch: Epoch = new Int32Array(new SharedArrayBuffer(4))
  try {
    const lock = await lockForEngine(home)
    const owner = ownStore(home, lock, {
      warn: (message) => console.error(message),
      changed: () => void Atomics.add(epoch, 0, 1)
    })
    const engine = new Engine(home, owner, driversOf(home, epoch), {
      mounted: (mounted) => tell({ type: 'mounted', path: mounted }),
      unmounted: (unmounted) => tell({ type: 'unmounted', path: unmounted })
    })
    const stopped = stopOnSignals()
    await engine.start(path, options)
    tell({ type: 'ready' })
    const abandoned = await Promise.race([engine.done.then(() => false), stopped])
    await engine.stop()
    end(abandoned ? 1 : 0)
  } catch (error) {
    const { code, message } = toKitError(error)
    console.error(`${code}: ${message}`)
    tell({ type: 'failed', code, message })
    end(1)
  }
  return 0
}

/** The drivers of an engine, each loaded when the first mount asks for it. */
function driversOf(home: string, epoch: Epoch): (name: DriverName) => Promise<FuseDriver> {
  const preparer = new Preparer(() => startWorker({ role: 'prepare', home }))
  const openVfs: RawDriverPorts['openVfs'] = (inodes, options) =>
    openServed(home, inodes, options, epoch, preparer)
  const startThread: RawDriverPorts['startThread'] = (task, memory, options) =>
    startWorker({ role: 'mount', home, options, task, memory, epoch: epoch.buffer })
  return async (name) => {
    if (name === 'raw') {
      const { RawDriver } = await import('./mount/drivers/raw/raw-driver.js')
      return new RawDriver(home, { startThread, openVfs })
    }
    const { FuseNativeDriver } = await import('./mount/drivers/fuse-native/fuse-native-driver.js')
    return new FuseNativeDriver(home, openVfs)
  }
}

/** Resolves when somebody asks for the end: with true when that is the supervisor's death. */
const stopOnSignals = (): Promise<boolean> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => resolve(false))
    process.on('disconnect', () => resolve(true))
  })

/** Threads that still sit in a read would keep exit() waiting for ever; a signal does not wait. */
function end(code: number): never {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), 2000).unref()
  process.exit(code)
}

/** One thread's view of a home as a file system. @param preparer of this thread's process. */
function openServed(
  home: string,
  inodes: InodeTableMemory,
  options: MountOptions,
  epoch: Epoch,
  preparer?: Preparer
): ServedVfs {
  const reader = new StoreReader(home)
  const content = new Content(reader, reader, { memory: options.memory / SHARES, prompt: true })
  const pins = new PinsView(reader.layout.pins)
  const { umask } = options
  let seen = -1
  return {
    vfs: new Vfs(content, pins, reader, new InodeTable(inodes), { umask }),
    before: () => {
      const now = Atomics.load(epoch, 0)
      if (now === seen) return false
      seen = now
      reader.refresh()
      pins.refresh()
      return true
    },
    probe: { path: reader.layout.manifest, depth: reader.stackingDepth() },
    prepare: async ({ cid }) => {
      const unsaved = await preparer?.prepare(cid)
      if (unsaved !== undefined) content.adopt(cid, unsaved)
    }
  }
}

/** What a worker thread of an engine does. */
export async function runWorker(data: ThreadData): Promise<void> {
  if (data.role === 'prepare') {
    const { answerPreparations } = await import('./daemon/preparing.js')
    const { content, reader } = openReading(data.home)
    answerPreparations((cid) => {
      reader.refresh()
      return content.prepare(Cid.decode(cid))
    })
    return
  }
  const { runThread } = await import('./mount/drivers/raw/thread.js')
  const epoch: Epoch = new Int32Array(data.epoch)
  const served = openServed(data.home, data.memory.inodes, data.options, epoch)
  runThread(data.task, { ...served, memory: data.memory, options: data.options })
}
