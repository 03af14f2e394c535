/**
 * The composition root of an engine's threads. They load what reads and nothing of what writes, as
 * a mount waits for that.
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { NAMES_ON_MAIN_THREAD } from '../names/ipns-links.js'
import { ForeignRepositories } from '../fetch/foreign-repositories.js'
import { FetchFlags } from '../fetch/fetch-flags.js'
import { sharedBlocks, type FetchShare } from './shared-blocks.js'
import { loadLibc } from '../core/native.js'
import { Content, TABLE_MEMORY } from '../content/content.js'
import { Cid } from '../core/cid.js'
import { isKitError, systemCode } from '../core/errors.js'
import { ifPresent } from '../core/fs-durable.js'
import { processLog, type Log, type LogChoice } from '../core/log.js'
import type { MountOptions } from '../mount/driver.js'
import type { MountMemory, ThreadTask } from '../mount/drivers/raw/thread-pool.js'
import { PinsView } from '../store/pins-view.js'
import { StoreReader } from '../store/reader.js'
import { InodeTable, type InodeTableMemory } from '../../vfs/inode-table.js'
import { QueryFiles } from '../query/query-files.js'
import { RESULTS_ON_MAIN_THREAD } from '../service/result-links.js'
import { SNAPSHOTS_ON_MAIN_THREAD } from '../service/snapshots.js'
import type { NamesPort, ResultsPort, SnapshotPort, SnapshotsPort } from '../../vfs/ports.js'
import { Vfs } from '../../vfs/vfs.js'
import { OpenCounts } from '../service/open-counts.js'
import { HomeFiles } from '../service/home-files.js'
import { KeptVersions, versionsFolder } from '../service/kept-versions.js'
import { METADATA_ON_MAIN_THREAD } from '../service/metadata-documents.js'
import { HomeView, type Epoch, type HomeViewParts } from '../service/home-view.js'
import { DatasetsView } from '../datasets/datasets-view.js'
import { treesOf } from './trees.js'

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
      readonly logging: LogChoice
    }

/** What only the main thread of an engine can do: ask backends, and say what is absent. */
export interface MainThreadPorts {
  readonly prepare: NonNullable<HomeViewParts['prepare']>
  readonly asked: () => string
  readonly names: NamesPort
  readonly snapshots: SnapshotPort
  readonly results: ResultsPort
  readonly metadata: SnapshotsPort
  readonly isAbsent: (cid: Cid) => boolean
}

/** Worker threads send the reader to the main thread for these. */
const ON_WORKERS = {
  names: NAMES_ON_MAIN_THREAD,
  snapshots: SNAPSHOTS_ON_MAIN_THREAD,
  results: RESULTS_ON_MAIN_THREAD,
  metadata: METADATA_ON_MAIN_THREAD
}

export interface ServedParts {
  readonly home: string
  readonly inodes: InodeTableMemory
  /** Their `memory` is bytes for the tables of this thread. */
  readonly options: Pick<MountOptions, 'memory' | 'umask'>
  readonly epoch: Epoch
  readonly share: FetchShare
  readonly log: Log
  /** On the main thread. */
  readonly main?: MainThreadPorts
}

/** Makes a home's file system for one thread. */
export function openServed(parts: ServedParts): HomeView {
  const { home, epoch, share, log, main } = parts
  const { memory, umask } = parts.options
  const store = new StoreReader(home)
  const blocks = sharedBlocks(home, store, share, main?.isAbsent, foreignBlocksFor(share, main))
  const content = new Content(blocks, store, { memory, prompt: true })
  const pins = new PinsView(store.layout.pins)
  const datasets = new DatasetsView(home, content)
  const queries = new QueryFiles(join(home, 'queries'))
  const homeFiles = new HomeFiles(home, new KeptVersions(versionsFolder(home)))
  const { names, snapshots, results, metadata } = main ?? ON_WORKERS
  const opened = share.opens === undefined ? undefined : new OpenCounts(share.opens).note
  const views = { content, pins, datasets, queries, homeFiles }
  const trees = treesOf({ ...views, names, snapshots, results, metadata })
  // What a rehearsal opens is no use of it.
  const openVfs = (inodes: InodeTableMemory): Vfs =>
    new Vfs(trees, store, new InodeTable(inodes), { umask })
  const vfs = new Vfs(trees, store, new InodeTable(parts.inodes), { umask, opened })
  const rehearsal = { openVfs, roots: () => rootsToRehearse(pins, store) }
  const adopt = (cid: Cid, unsaved: Uint8Array): void => content.adopt(cid, unsaved)
  return new HomeView({
    vfs,
    rehearsal,
    trees,
    store,
    pins,
    epoch,
    log,
    prepare: main?.prepare,
    asked: main?.asked,
    adopt
  })
}

/** Bytes of pins above which a list of them takes too long for a rehearsal. */
const MAX_PIN_BYTES = 4 << 20
const MAX_ROOTS = 100

/** Returns pinned roots that the store has: readers will be told what is wrong with the others. */
function rootsToRehearse(pins: PinsView, store: StoreReader): string[] {
  try {
    if ((ifPresent(() => statSync(store.layout.pins))?.size ?? 0) > MAX_PIN_BYTES) return []
    const isHere = (root: string): boolean => store.has(Cid.parse(root).key)
    return pins.roots().slice(0, MAX_ROOTS).filter(isHere)
  } catch (error) {
    if (!isKitError(error) && systemCode(error) === undefined) throw error
    return []
  }
}

/** The main thread must not wait for a disk: it has blocks of foreign repositories fetched. */
const foreignBlocksFor = (
  { foreignRepositories }: FetchShare,
  main: MainThreadPorts | undefined
): ForeignRepositories | undefined =>
  main === undefined && foreignRepositories !== undefined
    ? new ForeignRepositories(foreignRepositories)
    : undefined

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
  const { home, task, options, share, memory } = data
  const own = { ...options, memory: shareOf(options.memory, task) }
  const log = processLog(data.logging)
  const served = openServed({ home, inodes: memory.inodes, options: own, epoch, share, log })
  runThread(task, { ...served, memory, options })
}
