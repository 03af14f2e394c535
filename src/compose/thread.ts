/**
 * The composition root of an engine's threads: what they need to read, and nothing of what
 * writes. A mount waits for them to load it.
 */
import { NAMES_ON_MAIN_THREAD } from '../names/ipns-links.js'
import { ForeignRepositories } from '../fetch/foreign-repositories.js'
import { FetchFlags } from '../fetch/fetch-flags.js'
import { sharedBlocks, type FetchShare } from './shared-blocks.js'
import { loadLibc } from '../core/native.js'
import { Content, TABLE_MEMORY } from '../content/content.js'
import { Cid } from '../core/cid.js'
import type { MountOptions, ServedVfs } from '../mount/driver.js'
import type { MountMemory, ThreadTask } from '../mount/drivers/raw/thread-pool.js'
import { isContent, type ContentWant } from '../core/not-ready.js'
import { PinsView } from '../store/pins-view.js'
import { StoreReader } from '../store/reader.js'
import { InodeTable, type InodeTableMemory } from '../../vfs/inode-table.js'
import { SNAPSHOTS_ON_MAIN_THREAD } from '../service/snapshots.js'
import type { NamesPort, SnapshotPort } from '../../vfs/ports.js'
import type { Tree } from '../../vfs/tree.js'
import { IpfsTree } from '../../vfs/trees/ipfs.js'
import { IpnsTree } from '../../vfs/trees/ipns.js'
import { KitTree } from '../../vfs/trees/kit.js'
import { Vfs } from '../../vfs/vfs.js'

/** Bumped at every change of the store or the pins, for the serving threads. */
export type Epoch = Int32Array<SharedArrayBuffer>

/** A mount's memory is shared by two threads that serve, one that stores ahead, the main thread. */
const SHARES = 4
/** Threads that come to it when those are stuck make do with little. */
const SPARE_SHARES = 64
const REGULARS = 2

/** Bytes for the tables of a thread; of the main thread where no task is given. */
export function shareOf(memory: number, task?: ThreadTask): number {
  const spare = task?.role === 'serve' && task.place >= REGULARS
  return memory / (spare ? SPARE_SHARES : SHARES)
}

/** What a worker thread of an engine is started with. */
export type ThreadData =
  | { readonly role: 'prepare'; readonly home: string; readonly share: FetchShare }
  | {
      readonly role: 'mount'
      readonly home: string
      readonly options: MountOptions
      readonly task: ThreadTask
      readonly memory: MountMemory
      readonly epoch: SharedArrayBuffer
      readonly share: FetchShare
    }

/**
 * One thread's view of a home as a file system.
 * @param options.memory bytes for this thread's tables.
 * @param share what the engine shares of what it fetches.
 * @param main what only the thread that fetches knows: what is absent, and how to prepare the
 * rest; `prepare` gives back bytes that could not be stored.
 */
export function openServed(
  home: string,
  inodes: InodeTableMemory,
  options: Pick<MountOptions, 'memory' | 'umask'>,
  epoch: Epoch,
  share: FetchShare,
  main?: {
    readonly names: NamesPort
    readonly snapshots: SnapshotPort
    readonly isAbsent: (cid: Cid) => boolean
    readonly prepare: (want: ContentWant, signal: AbortSignal) => Promise<Uint8Array | undefined>
  }
): ServedVfs {
  const reader = new StoreReader(home)
  // The main thread waits for no disk: it fetches.
  const { foreignRepositories } = share
  const beside =
    main === undefined && foreignRepositories
      ? new ForeignRepositories(foreignRepositories)
      : undefined
  const blocks = sharedBlocks(home, reader, share, main?.isAbsent, beside)
  const content = new Content(blocks, reader, { memory: options.memory, prompt: true })
  const pins = new PinsView(reader.layout.pins)
  const { umask } = options
  const names = main?.names ?? NAMES_ON_MAIN_THREAD
  const snapshots = main?.snapshots ?? SNAPSHOTS_ON_MAIN_THREAD
  // The folders of a mount's root.
  const trees: Tree[] = [
    new IpfsTree(content, pins),
    new IpnsTree(content, names),
    new KitTree(snapshots)
  ]
  let seen = -1
  return {
    vfs: new Vfs(trees, reader, new InodeTable(inodes), { umask }),
    refresh: () => {
      const now = Atomics.load(epoch, 0)
      if (now === seen) return false
      reader.refresh()
      pins.refresh()
      // Not before: what failed is tried again.
      seen = now
      return true
    },
    probe: { path: reader.layout.manifest, depth: reader.stackingDepth() },
    prepare: async ({ want }, signal) => {
      if (want.type === 'tree')
        await trees.find(({ name }) => name === want.tree)?.prepare?.(want.what, signal)
      if (!isContent(want)) return
      const unsaved = await main?.prepare(want, signal)
      if (unsaved !== undefined) content.adopt(want.cid, unsaved)
    }
  }
}

/** What a worker thread of an engine does. */
export async function runWorker(data: ThreadData): Promise<void> {
  if (data.role === 'prepare') {
    const { answerTableRequests } = await import('../service/table-builder-thread.js')
    const reader = new StoreReader(data.home)
    const blocks = sharedBlocks(data.home, reader, data.share)
    const content = new Content(blocks, reader, { memory: TABLE_MEMORY })
    answerTableRequests((cid) => {
      reader.refresh()
      return content.prepare(Cid.decode(cid))
    })
    return
  }
  const { runThread } = await import('../mount/drivers/raw/thread.js')
  // While the mount is made: the first who asks for what is elsewhere need not wait for it.
  if (new FetchFlags(data.share.flags).fetched) loadLibc()
  const epoch: Epoch = new Int32Array(data.epoch)
  const { task, options } = data
  const own = { ...options, memory: shareOf(options.memory, task) }
  const served = openServed(data.home, data.memory.inodes, own, epoch, data.share)
  runThread(task, { ...served, memory: data.memory, options })
}
