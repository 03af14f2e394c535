/** The threads of one mount, and what the engine's main thread does for them. */
import type { Worker } from 'node:worker_threads'
import { Cid } from '../../../core/cid.js'
import { NotReady } from '../../../core/not-ready.js'
import type { MountOptions, ServedVfs } from '../../driver.js'
import type { InodeTableMemory } from '../../../../vfs/inode-table.js'
import { Deferred } from './deferred.js'
import { OpenFiles, type OpenFilesMemory } from './open-files.js'
import { Operations } from './operations.js'
import { REQUEST_BUFFER } from './protocol.js'
import { Siblings, type SiblingsMemory } from './siblings.js'
import { Watchdog } from './watchdog.js'
import { MAX_THREADS, Working, type WorkingMemory } from './working.js'

/** What the threads of one mount share. */
export interface MountMemory {
  /** They wait here until the descriptor (plus one) is there; −1: there will be none. */
  readonly gate: SharedArrayBuffer
  readonly inodes: InodeTableMemory
  readonly files: OpenFilesMemory
  readonly siblings: SiblingsMemory
  readonly working: WorkingMemory
}

/** `serve` answers requests, at a place of its own; `push` stores siblings ahead of their readers. */
export type ThreadTask =
  { readonly role: 'serve'; readonly place: number } | { readonly role: 'push' }

/** What a thread tells the driver. */
export type ThreadMessage =
  | { readonly type: 'serving' }
  | { readonly type: 'later'; readonly request: Uint8Array; readonly cid: Uint8Array }
  | { readonly type: 'interrupted'; readonly unique: number }

/** What the driver needs made for it. */
export interface RawDriverPorts {
  readonly startThread: (task: ThreadTask, memory: MountMemory, options: MountOptions) => Worker
  /** A VFS for this thread: it answers what had to be prepared. */
  readonly openVfs: (inodes: InodeTableMemory, options: MountOptions) => ServedVfs
}

export class Crew {
  readonly #startThread: RawDriverPorts['startThread']
  readonly #memory: MountMemory
  readonly #options: MountOptions
  readonly #serving: Promise<void>[] = []
  #pushing: Promise<void> | undefined
  #deferred: Deferred | undefined
  #watchdog: Watchdog | undefined

  constructor(
    startThread: RawDriverPorts['startThread'],
    memory: MountMemory,
    options: MountOptions
  ) {
    this.#startThread = startThread
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
    if (message.type === 'later')
      this.#deferred?.take(message.request, new NotReady(Cid.decode(message.cid)))
    else if (this.#deferred?.interrupt(message.unique) === false)
      this.#watchdog?.interrupt(message.unique)
  }

  /** The descriptor is there: let the threads go, and watch over them. */
  attached(fd: number, { vfs, before, probe, prepare }: ServedVfs): void {
    const options = this.#options
    const log = (message: string, error: unknown): void => console.error(message, error)
    const operations: Operations = new Operations(
      vfs,
      Buffer.from(new ArrayBuffer(REQUEST_BUFFER)),
      {
        owner: options,
        files: new OpenFiles(this.#memory.files, options.open),
        siblings: new Siblings(this.#memory.siblings),
        probe,
        later: (request, need) => deferred.take(request, need),
        interrupted: () => undefined,
        log
      }
    )
    const { deadlineMs } = options
    const deferred = new Deferred(fd, operations, { deadlineMs, before, prepare })
    this.#deferred = deferred
    this.#watchdog = new Watchdog(new Working(this.#memory.working), {
      deadlineMs,
      fail: (unique, errno) => deferred.fail(unique, errno),
      threads: () => this.#serving.length,
      grow: () => {
        if (this.#serving.length < MAX_THREADS)
          this.#add().catch((error: unknown) => log('no further thread can be started', error))
      }
    })
    open(this.#memory.gate, fd + 1)
  }

  startPusher(): void {
    this.#pushing = endOf(this.#startThread({ role: 'push' }, this.#memory, this.#options))
  }

  /** There will be no descriptor, or none any more. */
  dismiss(): void {
    this.#watchdog?.stop()
    this.#deferred?.stop()
    open(this.#memory.gate, -1)
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

function open(gate: SharedArrayBuffer, value: number): void {
  const word = new Int32Array(gate)
  Atomics.store(word, 0, value)
  Atomics.notify(word, 0)
}

const endOf = (thread: Worker): Promise<void> =>
  new Promise((resolve) => {
    thread.on('error', (error) => console.error('a serving thread failed', error))
    thread.once('exit', () => resolve())
  })
