/**
 * The raw driver: worker threads that read /dev/fuse and write the answers themselves.
 * No libfuse, no addon; Linux only.
 */
import { closeSync } from 'node:fs'
import type { Worker } from 'node:worker_threads'
import { KitError } from '../../../core/errors.js'
import type { AttachedMount, FuseDriver, MountOptions } from '../../driver.js'
import { detach } from '../../detach.js'
import { reserveInodes, type InodeTableMemory } from '../../../../vfs/inode-table.js'
import { attach } from './attach.js'
import { reserveSiblings, Siblings, type SiblingsMemory } from './siblings.js'
import { OpenFiles, reserveOpenFiles, type OpenFilesMemory } from './open-files.js'

const THREADS = 2
/** Most nodes the kernel may hold; their memory is touched as they are used. */
const MAX_NODES = 4_000_000
/** How long threads may take to notice that the mount is gone. */
const DRAIN_MS = 5000

/** What the threads of one mount share. */
export interface MountMemory {
  /** They wait here until the descriptor (plus one) is there; −1: there will be none. */
  readonly gate: SharedArrayBuffer
  readonly inodes: InodeTableMemory
  readonly files: OpenFilesMemory
  readonly siblings: SiblingsMemory
}

/** `serve` answers requests, `push` stores siblings ahead of their readers. */
export type ThreadRole = 'serve' | 'push'

export type StartThread = (role: ThreadRole, memory: MountMemory, options: MountOptions) => Worker

export class RawDriver implements FuseDriver {
  readonly name = 'raw'
  readonly #home: string
  readonly #start: StartThread

  constructor(home: string, start: StartThread) {
    this.#home = home
    this.#start = start
  }

  async mount(path: string, options: MountOptions): Promise<AttachedMount> {
    const memory: MountMemory = {
      gate: new SharedArrayBuffer(4),
      inodes: reserveInodes(MAX_NODES),
      files: reserveOpenFiles(MAX_NODES),
      siblings: reserveSiblings(MAX_NODES)
    }
    const { gate } = memory
    const threads = Array.from({ length: THREADS }, () => this.#start('serve', memory, options))
    let pushing: Promise<void> | undefined
    const ended = Promise.all(threads.map(endOf))
      .then(() => new Siblings(memory.siblings).stop())
      .then(() => pushing)
    let fd: number | undefined
    try {
      const ready = Promise.all(threads.map(readyOf))
      fd = await attach(path, this.#home, options)
      open(gate, fd + 1)
      await ready
      const mode = await openMode(memory.files, options)
      // Not before the mount is ready: it would be in the way of the threads that serve.
      pushing = endOf(this.#start('push', memory, options))
      return new RawMount(path, fd, mode, ended)
    } catch (error) {
      open(gate, -1)
      if (fd !== undefined) {
        // Closed first: a connection that nobody serves would keep umount waiting.
        closeSync(fd)
        await detach(path, true)
      }
      throw error
    }
  }
}

/** @throws UNSUPPORTED when passthrough was asked for and is not to be had. */
async function openMode(
  memory: OpenFilesMemory,
  options: MountOptions
): Promise<AttachedMount['open']> {
  const mode = await new OpenFiles(memory, options.open).mode()
  if (options.open === 'passthrough' && mode === 'none')
    throw new KitError(
      'UNSUPPORTED',
      'the kernel does not allow passthrough here: it needs Linux 6.9, root, and a home on a plain file system; leave --open out'
    )
  return mode
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
  readonly open: AttachedMount['open']
  readonly #path: string

  constructor(path: string, fd: number, open: AttachedMount['open'], ended: Promise<void>) {
    this.#path = path
    this.open = open
    this.done = ended.then(() => closeSync(fd))
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
