/** The threads of one mount, managed by the engine's main thread. */
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '../../../core/clock.js'
import type { Log } from '../../../core/log.js'
import type { Worker } from 'node:worker_threads'
import type { MountOptions, MountReport, OpenVfs } from '../../driver.js'
import type { InodeTableMemory } from '../../../../vfs/inode-table.js'
import type { Deferred } from './deferred.js'
import { StartGate, type GateMemory } from './start-gate.js'
import { OpenFiles, type OpenFilesMemory } from './open-files.js'
import { KitError } from '../../../core/errors.js'
import { EINTR, EIO } from '../../errno.js'
import { Failures, type FailureMemory } from '../../failures.js'
import { uniqueOf } from './protocol.js'
import { DEFERRED_ROW, reportCounts, RequestCounts, type CountsMemory } from './request-counts.js'
import { ReplyWriter } from './reply-writer.js'
import { Siblings, type SiblingsMemory } from './siblings.js'
import { wakeReaders } from './wake-readers.js'
import { Watchdog } from './watchdog.js'
import { MAX_THREADS, CurrentRequests, type CurrentRequestsMemory } from './current-requests.js'

/** The memory that the threads of one mount share. */
export interface MountMemory {
  readonly gate: GateMemory
  readonly inodes: InodeTableMemory
  readonly files: OpenFilesMemory
  readonly siblings: SiblingsMemory
  readonly currentRequests: CurrentRequestsMemory
  readonly counts: CountsMemory
  readonly failures: FailureMemory
}

/** The task of a thread: `serve` answers requests, `push` stores siblings ahead of readers. */
export type ThreadTask =
  { readonly role: 'serve'; readonly place: number } | { readonly role: 'push' }

/** A message of a thread to the driver. */
export type ThreadMessage =
  | { readonly type: 'serving' }
  | { readonly type: 'defer'; readonly request: Uint8Array }
  | { readonly type: 'interrupted'; readonly unique: number }

/** The functions that the driver needs from the composition root. */
export interface RawDriverPorts {
  readonly startThread: (task: ThreadTask, memory: MountMemory, options: MountOptions) => Worker
  /** Opens a VFS for the main thread, which answers deferred requests. */
  readonly openVfs: OpenVfs
  /** Returns whether missing content is fetched. */
  readonly isFetching: () => boolean
  readonly log: Log
}

/** Minimum number of threads started if all are stuck; as many as there are, from then on. */
const GROWTH = 4

/** How often threads are woken that are to end, and how often that is tried. */
const WAKE_MS = 20
const WAKES = 100

/** The threads of one mount. */
export class ServingThreads {
  readonly #startThread: RawDriverPorts['startThread']
  readonly #openVfs: OpenVfs
  readonly #log: Log
  readonly #memory: MountMemory
  readonly #options: MountOptions
  readonly #serving: Promise<void>[] = []
  /** Number of serving threads that have not ended. */
  #living = 0
  #pushing: Promise<unknown> | undefined
  #fd = -1
  #replies: ReplyWriter | undefined
  #answers: Promise<Deferred> | undefined
  #deferred: Deferred | undefined
  #watchdog: Watchdog | undefined
  #dismissed = false

  constructor(ports: RawDriverPorts, memory: MountMemory, options: MountOptions) {
    this.#startThread = ports.startThread
    this.#openVfs = ports.openVfs
    this.#log = ports.log
    this.#memory = memory
    this.#options = options
  }

  /** Starts serving threads. @returns once all of them serve. */
  async start(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#add()))
  }

  #add(): Promise<void> {
    const place = this.#serving.length
    return new Promise((resolve, reject) => {
      this.#serving.push(this.#serve(place, resolve, reject))
    })
  }

  /**
   * Starts the thread of a place, and others after it as long as one dies of a request.
   * @param serves is called when it serves.
   * @param failed is called if it fails before that.
   * @returns a promise that resolves once the place is empty.
   */
  async #serve(place: number, serves: () => void, failed: (error: unknown) => void): Promise<void> {
    const thread = this.#startThread({ role: 'serve', place }, this.#memory, this.#options)
    this.#living++
    thread.once('error', failed)
    thread.on('message', (message: ThreadMessage) => {
      if (message.type !== 'serving') return this.#receive(message)
      serves()
    })
    const code = await this.#endOf(thread)
    this.#living--
    if (code === 0 || this.#dismissed) return
    failed(new KitError('IO', `a serving thread ended with ${code}`))
    if (this.#failRequestOf(place)) await this.#serve(place, serves, failed)
  }

  /** Answers the request that a thread died of. @returns whether there was one. */
  #failRequestOf(place: number): boolean {
    const requests = new CurrentRequests(this.#memory.currentRequests)
    const unique = requests.at(place)
    requests.end(place)
    if (unique !== 0) this.#replies?.fail(unique, EIO)
    return unique !== 0
  }

  #receive(message: Exclude<ThreadMessage, { type: 'serving' }>): void {
    if (this.#dismissed) return
    if (message.type === 'defer') void this.#defer(message.request)
    else if (this.#deferred?.interrupt(message.unique) !== true)
      this.#watchdog?.interrupt(message.unique)
  }

  async #defer(request: Uint8Array): Promise<void> {
    try {
      const deferred = await (this.#answers ??= this.#startAnswering())
      // The mount may be gone by now, and its descriptor be another file.
      if (this.#dismissed) return
      const unique = uniqueOf(request)
      // An interrupt from another thread may arrive before the request that it interrupts.
      if (this.#watchdog?.takeInterrupt(unique) === true) this.#replies?.fail(unique, EINTR)
      else deferred.take(request)
    } catch (error) {
      this.#log.error('a request cannot be answered later', error)
      if (this.#dismissed) return
      this.#replies?.fail(uniqueOf(request), EIO)
    }
  }

  /** Opens the VFS of this thread on first use, with its modules, so that a mount starts sooner. */
  async #startAnswering(): Promise<Deferred> {
    const [{ Deferred }, { Operations }, { PageStore }, { reserveBuffers }] = await Promise.all([
      import('./deferred.js'),
      import('./operations.js'),
      import('./page-store.js'),
      import('./buffers.js')
    ])
    const options = this.#options
    const { vfs, refresh, probe, prepare, asked, log } = this.#openVfs(this.#memory.inodes, options)
    const failures = new Failures(this.#memory.failures, log, systemClock)
    const files = new OpenFiles(this.#memory.files, options.open)
    files.attach(this.#fd)
    const pages = new PageStore(vfs)
    pages.attach(this.#fd)
    const operations = new Operations(vfs, reserveBuffers(), {
      owner: options,
      files,
      siblings: new Siblings(this.#memory.siblings),
      pages,
      isDeferred: true,
      probe,
      defer: (request, need) => this.#deferred?.need(request, need),
      interrupted: () => undefined,
      failures
    })
    const { deadlineMs } = options
    const counts = new RequestCounts(this.#memory.counts, DEFERRED_ROW)
    this.#deferred = new Deferred(new ReplyWriter(this.#fd, counts, log), operations, {
      deadlineMs,
      refresh,
      prepare,
      asked,
      counts,
      failures
    })
    if (this.#dismissed) this.#deferred.stop()
    return this.#deferred
  }

  /** Passes the descriptor to the threads, and starts the watchdog. */
  attached(fd: number): void {
    this.#fd = fd
    const counts = new RequestCounts(this.#memory.counts, DEFERRED_ROW)
    const replies = new ReplyWriter(fd, counts, this.#log)
    this.#replies = replies
    this.#watchdog = new Watchdog(new CurrentRequests(this.#memory.currentRequests), {
      deadlineMs: this.#options.deadlineMs,
      fail: (unique, errno) => replies.fail(unique, errno),
      threads: () => this.#serving.length,
      living: () => this.#living,
      grow: () => {
        const count = Math.min(Math.max(GROWTH, this.#living), MAX_THREADS - this.#serving.length)
        this.start(count).catch((error: unknown) =>
          this.#log.error('no further thread starts', error)
        )
      }
    })
    new StartGate(this.#memory.gate).open(fd)
  }

  /** Opens the VFS for deferred requests ahead; with fetching the first request may need it. */
  prepareAnswering(): void {
    this.#answers ??= this.#startAnswering()
    // The first deferred request reports the error.
    this.#answers.catch(() => undefined)
  }

  startPusher(): void {
    this.#pushing = this.#endOf(this.#startThread({ role: 'push' }, this.#memory, this.#options))
  }

  report(): MountReport {
    return {
      ...reportCounts(this.#memory.counts),
      waiting: this.#deferred?.waiting ?? 0,
      waited: this.#deferred?.taken ?? 0
    }
  }

  /** Ends the threads of a mount that failed or is gone. */
  dismiss(): void {
    this.#dismissed = true
    this.#watchdog?.stop()
    this.#deferred?.stop()
    new StartGate(this.#memory.gate).close()
  }

  /** Leaves one thread that serves, and none that stores ahead. */
  async rest(): Promise<void> {
    new Siblings(this.#memory.siblings).stop()
    new StartGate(this.#memory.gate).rest()
    await this.#wakeUntil(Promise.all([this.#serving[1], this.#pushing]))
  }

  /** Ends the threads of a mount that is not gone, but for those that hang in a disk. */
  async end(): Promise<void> {
    this.dismiss()
    await this.#wakeUntil(this.ended())
  }

  async #wakeUntil(done: Promise<unknown>): Promise<void> {
    const ended = done.then(() => true)
    for (let wakes = 0; wakes < WAKES; wakes++) {
      // One that was just about to read is woken the next time.
      wakeReaders(this.#fd)
      if (await Promise.race([ended, delay(WAKE_MS, false, { ref: false })])) return
    }
  }

  /** Resolves once all threads have ended. */
  async ended(): Promise<void> {
    // The length is read anew in each step, because threads may be added meanwhile.
    for (let i = 0; i < this.#serving.length; i++) await this.#serving[i]
    this.dismiss()
    new Siblings(this.#memory.siblings).stop()
    await this.#pushing
  }

  /** Resolves to the exit code of a thread: 0 if the mount is gone or the thread was dismissed. */
  #endOf(thread: Worker): Promise<number> {
    return new Promise((resolve) => {
      thread.on('error', (error) => this.#log.error('a serving thread failed', error))
      thread.once('exit', resolve)
    })
  }
}
