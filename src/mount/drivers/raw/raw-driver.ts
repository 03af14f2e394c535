/**
 * The raw driver: worker threads that read /dev/fuse and write the answers themselves.
 * No libfuse, no addon; Linux only.
 */
import { closeSync } from 'node:fs'
import type { Worker } from 'node:worker_threads'
import { KitError } from '../../../core/errors.js'
import type { AttachedMount, FuseDriver, MountOptions } from '../../driver.js'
import { detach } from '../../detach.js'
import { attach } from './attach.js'

const THREADS = 2
/** How long threads may take to notice that the mount is gone. */
const DRAIN_MS = 5000

/** Starts a serving thread; it waits on `gate` until its descriptor (plus one) is there. */
export type StartThread = (gate: SharedArrayBuffer, options: MountOptions) => Worker

export class RawDriver implements FuseDriver {
  readonly name = 'raw'
  readonly #home: string
  readonly #start: StartThread

  constructor(home: string, start: StartThread) {
    this.#home = home
    this.#start = start
  }

  async mount(path: string, options: MountOptions): Promise<AttachedMount> {
    const gate = new SharedArrayBuffer(4)
    const threads = Array.from({ length: THREADS }, () => this.#start(gate, options))
    const ended = threads.map((thread) => endOf(thread))
    try {
      const ready = Promise.all(threads.map(readyOf))
      const fd = await attach(path, this.#home, options)
      open(gate, fd + 1)
      await ready
      return new RawMount(path, fd, ended)
    } catch (error) {
      open(gate, -1)
      await detach(path, true)
      throw error
    }
  }
}

function open(gate: SharedArrayBuffer, value: number): void {
  const word = new Int32Array(gate)
  Atomics.store(word, 0, value)
  Atomics.notify(word, 0)
}

const readyOf = (thread: Worker): Promise<void> =>
  new Promise((resolve, reject) => {
    thread.once('message', () => resolve())
    thread.once('error', reject)
  })

const endOf = (thread: Worker): Promise<void> =>
  new Promise((resolve) => {
    thread.on('error', (error) => console.error('a serving thread failed', error))
    thread.once('exit', () => resolve())
  })

class RawMount implements AttachedMount {
  readonly done: Promise<void>
  readonly #path: string

  constructor(path: string, fd: number, ended: readonly Promise<void>[]) {
    this.#path = path
    this.done = Promise.all(ended).then(() => closeSync(fd))
  }

  async unmount(force: boolean): Promise<void> {
    await detach(this.#path, force)
    const late = new Promise<'late'>((resolve) => {
      setTimeout(() => resolve('late'), DRAIN_MS).unref()
    })
    if ((await Promise.race([this.done, late])) === 'late')
      throw new KitError('TIMEOUT', `${this.#path} is unmounted, but its threads do not end`)
  }
}
