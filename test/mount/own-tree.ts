/**
 * An engine that mounts a tree of a test's own beside none of ours: `notes/`, whose entries come
 * and go, whose contents are generated, and whose sizes are known only when they were prepared. Notes
 * named `slow…` take long, and a thread that reads one named `deadly…` dies.
 * Started by own-engine.ts, which tells it over IPC what notes there are.
 */
import { DEFAULT_LOG, processLog } from '../../src/core/log.js'
import { tmpdir } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { textOf, utf8 } from '../../src/core/bytes.js'
import { NotReady } from '../../src/core/not-ready.js'
import type { DriverName, MountOptions, OpenMode, ServedVfs } from '../../src/mount/driver.js'
import { FuseNativeDriver } from '../../src/mount/drivers/fuse-native/fuse-native-driver.js'
import type { MountMemory, ThreadTask } from '../../src/mount/drivers/raw/thread-pool.js'
import { RawDriver } from '../../src/mount/drivers/raw/raw-driver.js'
import { runThread } from '../../src/mount/drivers/raw/thread.js'
import { InodeTable, type InodeTableMemory } from '../../vfs/inode-table.js'
import type { NodeStat } from '../../src/core/node-stat.js'
import type { ListedEntry, Tree, TreeNode } from '../../vfs/tree.js'
import { Folder } from '../../vfs/trees/folder.js'
import { GeneratedFile } from '../../vfs/trees/generated-file.js'
import { ManyTree } from './many-tree.js'
import { runProgram } from '../support/cli.js'
import { NodeEntry } from '../../vfs/trees/node-entry.js'
import { Vfs } from '../../vfs/vfs.js'

/** Names of notes and their versions; on the main thread only. */
type Notes = ReadonlyMap<string, number>

const LISTING = '/'
/** How long notes whose names begin with `slow` take to prepare. */
const SLOW_MS = 2500

class NotesTree implements Tree {
  readonly name = 'notes'
  readonly isListed = true
  readonly #notes: Notes | undefined
  readonly #prepared = new Map<string, Uint8Array>()

  /** @param notes undefined on threads that do not know them. */
  constructor(notes: Notes | undefined) {
    this.#notes = notes
  }

  node(key: Uint8Array): TreeNode {
    return key.length === 0 ? new NotesFolder(this) : new Note(this, textOf(key)!)
  }

  notes(): Notes {
    if (this.#notes === undefined) throw this.notReady(LISTING)
    return this.#notes
  }

  notReady(what: string): NotReady {
    return new NotReady({ type: 'tree', tree: this.name, what })
  }

  textOf(key: string): Uint8Array {
    const text = this.#prepared.get(key)
    if (text === undefined) throw this.notReady(key)
    return text
  }

  async prepare(key: string, signal: AbortSignal): Promise<void> {
    await delay(key.startsWith('slow') ? SLOW_MS : 20, undefined, { signal })
    const [name = '', version = ''] = key.split('\n')
    this.#prepared.set(key, utf8(`${name}, version ${version}\n`.repeat(1 + Number(version))))
  }
}

class NotesFolder extends Folder {
  readonly isFixed = false
  readonly hasRoots = false

  constructor(readonly tree: NotesTree) {
    super()
  }

  child(name: Uint8Array): TreeNode | undefined {
    const text = textOf(name) ?? ''
    const version = this.tree.notes().get(text)
    return version === undefined ? undefined : new Note(this.tree, `${text}\n${version}`)
  }

  list(from: number, emit: (entry: ListedEntry) => boolean): void {
    const notes = [...this.tree.notes()]
    for (let i = from; i < notes.length; i++) {
      const [name, version] = notes[i]!
      if (!emit(new NodeEntry(utf8(name), i + 1, new Note(this.tree, `${name}\n${version}`))))
        return
    }
  }
}

class Note extends GeneratedFile {
  readonly #notes: NotesTree
  readonly #name: string

  constructor(tree: NotesTree, name: string) {
    super(tree, utf8(name))
    this.#notes = tree
    this.#name = name
  }

  protected content(): { readonly bytes: Uint8Array; readonly changedAt: number } {
    return { bytes: this.#notes.textOf(this.#name), changedAt: 1_700_000_000_000 }
  }

  override stat(): NodeStat {
    return { ...super.stat(), mode: 0o440 }
  }

  override read(position: number, target: Uint8Array, at: number, length: number): number {
    if (this.#name.startsWith('deadly') && !isMainThread) process.exit(3)
    return super.read(position, target, at, length)
  }
}

const log = processLog(DEFAULT_LOG)
const SPACE = { totalBytes: 1 << 20, freeBytes: 0, availableBytes: 0, objects: 1 }

function serve(inodes: InodeTableMemory, notes: Notes | undefined): ServedVfs {
  const tree = new NotesTree(notes)
  return {
    vfs: new Vfs([tree, new ManyTree()], { space: () => SPACE }, new InodeTable(inodes), {
      umask: 0
    }),
    refresh: () => false,
    probe: { path: import.meta.filename, depth: 1 },
    prepare: async ({ want }, signal) => {
      if (want.type === 'tree') await tree.prepare(want.what, signal)
      return undefined
    },
    asked: () => 'nobody is asked',
    log
  }
}

interface ThreadData {
  readonly task: ThreadTask
  readonly memory: MountMemory
  readonly options: MountOptions
}

async function main([
  path = '',
  driver = '',
  open = '',
  deadline = '',
  nodes = ''
]: readonly string[]): Promise<void> {
  const notes = new Map<string, number>()
  const openVfs = (inodes: InodeTableMemory): ServedVfs => serve(inodes, notes)
  const startThread = (task: ThreadTask, memory: MountMemory, options: MountOptions): Worker =>
    new Worker(import.meta.filename, { workerData: { task, memory, options } })
  const home = tmpdir()
  const made =
    driver === 'raw'
      ? new RawDriver(home, { startThread, openVfs, isFetching: () => false, log }, Number(nodes))
      : new FuseNativeDriver(home, openVfs)
  const mount = await made.mount(path, {
    uid: 0,
    gid: 0,
    umask: 0,
    allowOther: false,
    readOnly: true,
    memory: 1 << 20,
    open: open as OpenMode,
    driver: driver as DriverName,
    deadlineMs: Number(deadline)
  })
  process.on('message', (message: Record<string, number> | 'end') => {
    if (message === 'end') {
      void runProgram('umount', ['-l', path])
        .then(() => mount.abort())
        .then(() => process.exit(0))
      return
    }
    notes.clear()
    for (const [name, version] of Object.entries(message)) notes.set(name, version)
    process.send!('put')
  })
  process.send!('mounted')
}

if (isMainThread) await main(process.argv.slice(2))
else {
  const { task, memory, options } = workerData as ThreadData
  runThread(task, { ...serve(memory.inodes, undefined), memory, options })
}
