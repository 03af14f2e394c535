/**
 * The composition root: the only file that knows concrete layers together. What is heavy or
 * seldom needed is imported when it is.
 */
import { fileURLToPath } from 'node:url'
import type { Reading, Services } from './cli/context.js'
import { chunkTable, partCid } from './content/chunk-table.js'
import { Content, TABLE_MEMORY } from './content/content.js'
import { describeBlock } from './content/describe.js'
import { leavesOf, missingBelow, readableLinks } from './content/walk.js'
import { DAG_PB } from './core/cid.js'
import { isKitError, KitError, toKitError } from './core/errors.js'
import { lockHome, ownerPid } from './daemon/home-lock.js'
import { LocalOwner, type DagPorts } from './daemon/local-owner.js'
import { lockForEngine, own } from './daemon/own.js'
import type { MountOptions } from './mount/driver.js'
import type { MountMemory, StartThread, ThreadRole } from './mount/drivers/raw/raw-driver.js'
import { BlockStore, type StoreOptions } from './store/block-store.js'
import { StoreLayout } from './store/layout.js'
import { PinsView } from './store/pins-view.js'
import { Kind } from './store/ports.js'
import { StoreReader } from './store/reader.js'
import { rebuildIndex } from './store/rebuild.js'

const script = fileURLToPath(new URL('./main.js', import.meta.url))

function openReading(home: string): Reading {
  const reader = new StoreReader(home)
  return { reader, content: new Content(reader, reader, { memory: TABLE_MEMORY }) }
}

function dagPorts({ content }: Reading): DagPorts {
  return {
    linksOf: readableLinks,
    missingBelow: (root) => missingBelow(root, content),
    leavesOf: (root) => leavesOf(root, content)
  }
}

/** Own a home whose lock we hold. */
function ownStore(
  home: string,
  lock: { release(): void },
  options: StoreOptions,
  alone = false
): LocalOwner {
  const store = BlockStore.open(home, options)
  const content = new Content(store.reader, store.reader, { memory: TABLE_MEMORY })
  return new LocalOwner(store, lock, dagPorts({ reader: store.reader, content }), alone)
}

const openOwner: Services['openOwner'] = (home, warn, alone = false) =>
  own(home, alone, (lock) => ownStore(home, lock, { warn }, alone), warn)

function rebuild(home: string) {
  const lock = lockHome(home)
  if (lock === undefined)
    throw new KitError(
      'LOCKED',
      `the home ${home} is in use by process ${ownerPid(home) ?? '?'}; unmount it before its index is rebuilt`
    )
  try {
    return rebuildIndex(new StoreLayout(home), {
      describe: describeBlock,
      parts: (cid, block) => {
        if (cid.codec !== DAG_PB || describeBlock(cid.codec, block).kind !== Kind.FILE)
          return undefined
        const table = ifReadable(() => chunkTable(cid, block))
        if (table === undefined || table.ends.length === 0) return undefined
        return Array.from(table.ends, (end, i) => ({
          cid: partCid(table, i),
          size: end - (i === 0 ? table.inline.length : table.ends[i - 1]!)
        }))
      }
    })
  } finally {
    lock.release()
  }
}

function ifReadable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (isKitError(error)) return undefined
    throw error
  }
}

export const services: Services = { openReading, openOwner, script, rebuild }

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

interface ThreadData {
  readonly home: string
  readonly options: MountOptions
  readonly role: ThreadRole
  readonly memory: MountMemory
  readonly epoch: SharedArrayBuffer
}

/** The engine process. */
export async function runEngine(args: readonly string[]): Promise<number> {
  const { home, path, options } = parseEngineArgs(args)
  const [{ Engine }, { RawDriver }, { Worker }] = await Promise.all([
    import('./daemon/engine.js'),
    import('./mount/drivers/raw/raw-driver.js'),
    import('node:worker_threads')
  ])
  const tell = (message: import('./mount/supervisor.js').EngineMessage): void => {
    if (process.connected) process.send!(message)
  }
  const epoch: Epoch = new Int32Array(new SharedArrayBuffer(4))
  const startThread: StartThread = (role, memory, mountOptions) => {
    const data: ThreadData = { role, home, options: mountOptions, memory, epoch: epoch.buffer }
    return new Worker(script, { workerData: data })
  }
  try {
    const lock = await lockForEngine(home)
    const owner = ownStore(home, lock, {
      warn: (message) => console.error(message),
      changed: () => void Atomics.add(epoch, 0, 1)
    })
    const engine = new Engine(home, owner, new RawDriver(home, startThread), {
      mounted: (mounted) => tell({ type: 'mounted', path: mounted }),
      unmounted: (unmounted) => tell({ type: 'unmounted', path: unmounted })
    })
    const stopped = stopOnSignals()
    await engine.start(path, options)
    tell({ type: 'ready' })
    await Promise.race([engine.done, stopped])
    await engine.stop()
    end(0)
  } catch (error) {
    const { code, message } = toKitError(error)
    console.error(`${code}: ${message}`)
    tell({ type: 'failed', code, message })
    end(1)
  }
  return 0
}

/** Resolves when somebody asks for the end: a signal, or the supervisor's disappearance. */
const stopOnSignals = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => resolve())
    process.on('disconnect', () => resolve())
  })

/** Threads that still sit in a read would keep exit() waiting for ever; a signal does not wait. */
function end(code: number): never {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), 2000).unref()
  process.exit(code)
}

/** A serving thread: waits for its descriptor, then answers requests until the mount is gone. */
export function serveThread({ role, home, options, memory, epoch }: ThreadData): void {
  void (async () => {
    const [{ runThread }, { Vfs }, { InodeTable }] = await Promise.all([
      import('./mount/drivers/raw/thread.js'),
      import('../vfs/vfs.js'),
      import('../vfs/inode-table.js')
    ])
    const reader = new StoreReader(home)
    const content = new Content(reader, reader, { memory: options.memory / 2 })
    const pins = new PinsView(reader.layout.pins)
    const { umask } = options
    const vfs = new Vfs(content, pins, reader, new InodeTable(memory.inodes), { umask })
    const changes = new Int32Array(epoch)
    let seen = -1
    const refresh = (): void => {
      const now = Atomics.load(changes, 0)
      if (now === seen) return
      seen = now
      reader.refresh()
      pins.refresh()
    }
    const probe = { path: reader.layout.manifest, depth: reader.stackingDepth() }
    runThread(role, { vfs, memory, options, probe, before: refresh })
  })()
}
