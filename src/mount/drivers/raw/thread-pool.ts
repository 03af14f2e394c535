/** The threads of one mount, and what the engine's main thread does for them. */
import type { Worker } from 'node:worker_threads'
import type { MountOptions, MountReport, OpenVfs } from '../../driver.js'
import type { InodeTableMemory } from '../../../../vfs/inode-table.js'
import type { Deferred } from './deferred.js'
import { Gate, type GateMemory } from './gate.js'
import { OpenFiles, type OpenFilesMemory } from './open-files.js'
import { EINTR, EIO } from '../../errno.js'
import { uniqueOf } from './protocol.js'
import { LATER, reportCounts, RequestCounts, type CountsMemory } from './request-counts.js'
import { writeError } from './serve.js'
import { Siblings, type SiblingsMemory } from './siblings.js'
import { Watchdog } from './watchdog.js'
import { MAX_THREADS, CurrentRequests, type CurrentRequestsMemory } from './current-requests.js'

/** What the threads of one mount share. */
export interface MountMemory {
  readonly gate: GateMemory
  readonly inodes: InodeTableMemory
  readonly files: OpenFilesMemory
  readonly siblings: SiblingsMemory
  readonly currentRequests: CurrentRequestsMemory
  readonly counts: CountsMemory
}

/** `serve` answers requests, at a place of its own; `push` stores siblings ahead of their readers. */
export type ThreadTask =
  { readonly role: 'serve'; readonly place: number } | { readonly role: 'push' }

/** What a thread tells the driver. */
export type ThreadMessage =
  | { readonly type: 'serving' }
  | { readonly type: 'later'; readonly request: Uint8Array }
  | { readonly type: 'interrupted'; readonly unique: number }

/** What the driver needs made for it. */
export interface RawDriverPorts {
  readonly startThread: (task: ThreadTask, memory: MountMemory, options: MountOptions) => Worker
  /** A VFS for this thread: it answers what had to be prepared. */
  readonly openVfs: OpenVfs
  /** Whether content is fetched that is not here. */
  readonly isFetching: () => boolean
}

/** Threads that are started at a time when all are stuck. */
const GROWTH = 4

export class ServingThreads {
  readonly #startThread: RawDriverPorts['startThread']
  readonly #openVfs: OpenVfs
  readonly #memory: MountMemory
  readonly #options: MountOptions
  readonly #serving: Promise<void>[] = []
  #pushing: Promise<void> | undefined
  #fd = -1
  #answers: Promise<Deferred> | undefined
  #deferred: Deferred | undefined
  #watchdog: Watchdog | undefined
  #dismissed = false

  constructor(ports: RawDriverPorts, memory: MountMemory, options: MountOptions) {
    this.#startThread = ports.startThread
    this.#openVfs = ports.openVfs
    this.#memory = memory
    this.#options = options
  }

  /** Start serving threads. @returns when all of them serve. */
  async start(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#add()))
  }

  async #add(): Promise<void> {
    const task: ThreadTask = { role: 'serve', place: this.#serving.length }
    const thread = this.#startThread(task, this.#memory, this.#options)
    this.#serving.push(endOf(thread))
    await new Promise<void>((resolve, reject) => {
      thread.once('error', reject)
      thread.on('message', (message: ThreadMessage) => {
        if (message.type === 'serving') resolve()
        else this.#hear(message)
      })
    })
  }

  #hear(message: Exclude<ThreadMessage, { type: 'serving' }>): void {
    if (this.#dismissed) return
    if (message.type === 'later') void this.#later(message.request)
    else if (this.#deferred?.interrupt(message.unique) !== true)
      this.#watchdog?.interrupt(message.unique)
  }

  async #later(request: Uint8Array): Promise<void> {
    try {
      const deferred = await (this.#answers ??= this.#startAnswering())
      const unique = uniqueOf(request)
      // Words of different threads may reach us in another order than they were said in.
      if (this.#watchdog?.takeInterrupt(unique) === true) writeError(this.#fd, unique, EINTR)
      else deferred.take(request)
    } catch (error) {
      log('a request cannot be answered later', error)
      writeError(this.#fd, uniqueOf(request), EIO)
    }
  }

  /** Loaded when it is needed for the first time: a mount does not wait for it. */
  async #startAnswering(): Promise<Deferred> {
    const [{ Deferred }, { Operations }, { PageStore }, { REQUEST_BUFFER }] = await Promise.all([
      import('./deferred.js'),
      import('./operations.js'),
      import('./page-store.js'),
      import('./protocol.js')
    ])
    const options = this.#options
    const { vfs, refresh, probe, prepare } = this.#openVfs(this.#memory.inodes, options)
    const files = new OpenFiles(this.#memory.files, options.open)
    files.attach(this.#fd)
    const pages = new PageStore(vfs)
    pages.attach(this.#fd)
    const operations = new Operations(vfs, Buffer.from(new ArrayBuffer(REQUEST_BUFFER)), {
      owner: options,
      files,
      siblings: new Siblings(this.#memory.siblings),
      pages,
      isLate: true,
      probe,
      later: (request, need) => this.#deferred?.need(request, need),
      interrupted: () => undefined,
      log
    })
    const { deadlineMs } = options
    const counts = new RequestCounts(this.#memory.counts, LATER)
    this.#deferred = new Deferred(this.#fd, operations, { deadlineMs, refresh, prepare, counts })
    if (this.#dismissed) this.#deferred.stop()
    return this.#deferred
  }

  /** The descriptor is there: let the threads go, and watch over them. */
  attached(fd: number): void {
    this.#fd = fd
    this.#watchdog = new Watchdog(new CurrentRequests(this.#memory.currentRequests), {
      deadlineMs: this.#options.deadlineMs,
      fail: (unique, errno) => writeError(fd, unique, errno),
      threads: () => this.#serving.length,
      grow: () => {
        const count = Math.min(GROWTH, MAX_THREADS - this.#serving.length)
        this.start(count).catch((error: unknown) => log('no further thread starts', error))
      }
    })
    new Gate(this.#memory.gate).open(fd)
  }

  /** Be ready to answer later: where content is fetched, that will be asked for at once. */
  prepareAnswering(): void {
    this.#answers ??= this.#startAnswering()
    // Whose request it is hears of it.
    this.#answers.catch(() => undefined)
  }

  startPusher(): void {
    this.#pushing = endOf(this.#startThread({ role: 'push' }, this.#memory, this.#options))
  }

  report(): MountReport {
    return { ...reportCounts(this.#memory.counts), waiting: this.#deferred?.waiting ?? 0 }
  }

  /** There will be no descriptor, or none any more. */
  dismiss(): void {
    this.#dismissed = true
    this.#watchdog?.stop()
    this.#deferred?.stop()
    new Gate(this.#memory.gate).close()
  }

  /** Resolves when no thread serves any more. */
  async ended(): Promise<void> {
    // Threads may be added while others end.
    for (let i = 0; i < this.#serving.length; i++) await this.#serving[i]
    this.dismiss()
    new Siblings(this.#memory.siblings).stop()
    await this.#pushing
  }
}

const log = (message: string, error: unknown): void => console.error(message, error)

const endOf = (thread: Worker): Promise<void> =>
  new Promise((resolve) => {
    thread.on('error', (error) => console.error('a serving thread failed', error))
    thread.once('exit', () => resolve())
  })
